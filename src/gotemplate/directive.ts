// One `%` verb of a format with its flags, and what flags do to a finished text.

/** `%[flags][width][.precision]verb` */
export interface Directive {
  readonly verb: string;
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  /** `%+v`: structs with the names of their fields. */
  readonly plusV: boolean;
  /** `%#v`: values as Go would write them in source. */
  readonly sharpV: boolean;
}

/** `%v` without any flag. */
export const plainDirective: Directive = {
  verb: "v",
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
  plusV: false,
  sharpV: false,
};

/** Fills the text up to the width, which counts characters. */
export function pad(text: string, directive: Directive): string {
  const { width, minus, zero } = directive;
  if (width === undefined || width <= text.length / 2) {
    return text;
  }
  const missing = width - [...text].length;
  if (missing <= 0) {
    return text;
  }
  return minus ? text + " ".repeat(missing) : (zero ? "0" : " ").repeat(missing) + text;
}
