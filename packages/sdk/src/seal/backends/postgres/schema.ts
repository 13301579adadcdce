// The tables. One database may hold many stores, told apart by a name that the host may know.

/** Made when they are missing; the role needs the right to create them once. */
export const schema = `
create table if not exists tresor_store (
  store text primary key,
  version bigint not null,
  slot0 bytea not null,
  slot1 bytea not null
);
create table if not exists tresor_blob (
  store text not null,
  blob text not null,
  part int not null,
  bytes bytea not null,
  primary key (store, blob, part)
);
create table if not exists tresor_keyring (
  store text not null,
  name text not null,
  bytes bytea not null,
  primary key (store, name)
);`

/** Sealed bytes do not compress, and a range of an uncompressed value is read without the rest (PostgreSQL, TOAST). */
export const storage = `
alter table tresor_blob alter column bytes set storage external;`

/** Bytes in a row of tresor_blob; the last of a blob may have fewer. */
export const partBytes = 262_144
