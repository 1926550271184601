// Output that waits for its reader. A pipe that is read too slowly would otherwise make the program keep all that it has said.

/** Makes writes to standard output or error return when everything is out, where it is a pipe; files and terminals are so already. */
export function waitForReader(stream: NodeJS.WriteStream): void {
  // Node has no other way to ask for it; without the handle nothing changes but the memory it takes.
  const { _handle: handle } = stream as unknown as {
    readonly _handle?: { readonly setBlocking?: ((blocking: boolean) => unknown) | undefined } | null;
  };
  handle?.setBlocking?.(true);
}
