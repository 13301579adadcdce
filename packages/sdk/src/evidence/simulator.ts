/** Organisation in every certificate of a simulator. A root that carries it, and that nobody pinned, proves nothing. */
export const simulatorOrganization = 'tresor simulator (not a TEE)'
