/** Turns whose message it was (a SUPI) into what may be printed. */
export type Alias = (ue: string) => string;

/** "phone 1", "phone 2" … in order of appearance: tells phones apart in one print, says nothing of who they are. */
export function aliases(): Alias {
  const known = new Map<string, string>();
  return (ue) => {
    let alias = known.get(ue);
    if (alias === undefined) known.set(ue, (alias = `phone ${known.size + 1}`));
    return alias;
  };
}

/** Text for a terminal: a note may quote a peer, and a peer may send escape sequences and line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
