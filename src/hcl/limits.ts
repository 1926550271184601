// Bounds that keep a hostile text from exhausting memory or the stack. No template written for use comes near them.

/** Longest text that is read, in UTF-16 units. */
export const maxTextLength = 16 * 1024 * 1024;

/** Deepest nesting of brackets, blocks, templates and conditions. */
export const maxDepth = 200;

/** Most mistakes that are reported for one text. */
export const maxDiagnostics = 500;

/** Most text that the expressions of one template may produce together, in UTF-16 units. */
export const maxStringLength = 64 * 1024 * 1024;

/** Most elements that the loops and splats of one template may go through together. */
export const maxRounds = 500_000;

/** Most parts of expressions and values that one template may have worked out: some seconds of work. */
export const maxSteps = 5_000_000;
