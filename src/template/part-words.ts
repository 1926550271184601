// Words that all provisioners, or all post-processors, have beside options of their own.

/** By kind of component; the template takes them out of a block before the component sees it. */
export const partWords = Object.freeze({
  provisioner: ["only", "except", "override", "pause_before", "timeout", "max_retries"],
  "post-processor": ["only", "except", "keep_input_artifact"],
} as const);

/** The words of a kind; none for kinds that have none. */
export function listPartWords(kind: string): readonly string[] {
  return Object.hasOwn(partWords, kind) ? partWords[kind as keyof typeof partWords] : [];
}
