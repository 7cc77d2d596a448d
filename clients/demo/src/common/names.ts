/** Longest name that the pages let a person choose; the server would take 64. */
export const maxNameLength = 32;
export const maxRoomLength = 48;

export const nameRule = `1–${maxNameLength} characters: letters a–z, digits, and . _ - inside; the first a letter or digit.`;
export const roomRule = `1–${maxRoomLength} characters: letters a–z, digits, and . _ - inside; the first a letter or digit.`;

const pattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Says in a sentence what is wrong with a name, or nothing when it can be used. */
export function nameProblem(name: string): string | undefined {
  return problemOf(name, maxNameLength, 'name');
}

export function roomProblem(room: string): string | undefined {
  return problemOf(room, maxRoomLength, 'room name');
}

/** What a person typed for a room, as the part after "room:": "#Tea Time" → "tea-time". */
export function roomFromTyped(typed: string): string {
  return typed.trim().replace(/^#/, '').replace(/^room:/i, '').trim().toLowerCase().replace(/\s+/g, '-');
}

function problemOf(text: string, maxLength: number, what: string): string | undefined {
  if (text.length === 0) return `Please enter a ${what}.`;
  if (text.length > maxLength) return `That ${what} is ${text.length} characters long; ${maxLength} is the most.`;
  if (pattern.test(text)) return undefined;
  if (/\s/.test(text)) return `A ${what} has no spaces. A dash or a dot may stand in for one.`;
  const odd = /[^A-Za-z0-9._-]/u.exec(text)?.[0];
  if (odd !== undefined) return `“${odd}” can't be used. Allowed are letters a–z, digits, and . _ -`;
  return `A ${what} starts with a letter or a digit.`;
}
