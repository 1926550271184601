// The keys that a boot command names, with the numbers that VNC has for them (X11 keysyms).

/** Keysym by name, in lower case. `menu` and the keys of Macs came with versions of Packer after 1.6.6. */
export const specialKeys: ReadonlyMap<string, number> = new Map([
  ["bs", 0xff08],
  ["del", 0xffff],
  ["down", 0xff54],
  ["end", 0xff57],
  ["enter", 0xff0d],
  ["esc", 0xff1b],
  ...Array.from({ length: 12 }, (_, index) => [`f${index + 1}`, 0xffbe + index] as const),
  ["home", 0xff50],
  ["insert", 0xff63],
  ["left", 0xff51],
  ["leftalt", 0xffe9],
  ["leftcommand", 0xffe9],
  ["leftctrl", 0xffe3],
  ["leftoption", 0xffe7],
  ["leftshift", 0xffe1],
  ["leftsuper", 0xffeb],
  ["menu", 0xff67],
  ["pagedown", 0xff56],
  ["pageup", 0xff55],
  ["return", 0xff0d],
  ["right", 0xff53],
  ["rightalt", 0xffea],
  ["rightcommand", 0xffea],
  ["rightctrl", 0xffe4],
  ["rightoption", 0xffe8],
  ["rightshift", 0xffe2],
  ["rightsuper", 0xffec],
  ["spacebar", 0x20],
  ["tab", 0xff09],
  ["up", 0xff52],
]);

/** Held around characters that need it. */
export const SHIFT = 0xffe1;
