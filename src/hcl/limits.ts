// Bounds that keep a hostile text from exhausting memory or the stack. No template written for use comes near them.

/** Longest text that is read, in UTF-16 units. */
export const maxTextLength = 16 * 1024 * 1024;

/** Deepest nesting of brackets, blocks, templates and conditions. */
export const maxDepth = 200;

/** Most mistakes that are reported for one text. */
export const maxDiagnostics = 500;

/** Longest string that a template may produce, in UTF-16 units. */
export const maxStringLength = 64 * 1024 * 1024;
