// Durations in ISO 8601 form, without years and months, whose length depends on the date.

const form = /^P(?:(\d{1,4})W|(?=\d|T)(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?)?)$/

/** Milliseconds of, for example, `P7D`, `PT12H` or `P2W`; undefined for other text. */
export function parseDurationMs(text: string): number | undefined {
  const match = form.exec(text)
  if (match === null) return undefined
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((digits) => Number(digits ?? 0))
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}
