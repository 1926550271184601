// Codes of external plugins: starting them, speaking with them, and what they answer.
export const pluginCodes = {
  "plugin/exited": "A plugin ended before it could be spoken to.",
  "plugin/handshake": "What a plugin printed first is not how plugins introduce themselves.",
  "plugin/protocol": "A plugin speaks another generation of the protocol.",
  "plugin/unreachable": "A plugin named an address at which nothing answers.",
  "plugin/silent": "A plugin was started and did not introduce itself within a minute.",
  "plugin/crashed": "A plugin ended, or went silent, in the middle of its work.",
  "plugin/failed": "A plugin said that it could not do its work.",
  "plugin/answer": "What a plugin answered cannot be read.",
};
