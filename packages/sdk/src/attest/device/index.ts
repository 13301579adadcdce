export type { SevGuest, SevGuestAnswer } from './sev-guest.js'
export { assertSevGuest, openSevGuest } from './sev-guest.js'
