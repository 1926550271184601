// What a terminal is told beside text: colours pass, everything else that moves, erases, renames or copies does not.
// A machine, a template or a file's name could otherwise rewrite what stands above, or type into whoever looks at it.

/** Controls but tabs and line ends. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
/**
 * Colours, which stay; then what a terminal reads as one order: with parameters (CSI), with a text up to its end (OSC and the like), with one or
 * two characters. What has no end is not taken for the beginning of one.
 */
const ORDER =
  /(\u001b\[[\d;:]*m)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g;
/** Carriage returns at a line's end are part of it; others would write over the line's beginning. */
const RETURNS = /\r+(\n|$)?/g;
const REST = /(?!\u001b\[[\d;:]*m)[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** The text as it can be read, with its colours. */
export function keepVisible(text: string): string {
  if (!CONTROL.test(text)) {
    return text;
  }
  const plain = text.replace(ORDER, (_, colour: string | undefined) => colour ?? "");
  return plain.replace(RETURNS, (_, end: string | undefined) => end ?? " ").replace(REST, "");
}
