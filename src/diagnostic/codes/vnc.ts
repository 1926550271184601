// Codes for typing on a machine over VNC.
export const vncCodes = {
  "vnc/unreachable": "The VNC server of the machine could not be connected to.",
  "vnc/protocol": "What answers on the VNC port does not speak VNC as it should.",
  "vnc/closed": "The VNC server closed the connection before it was ready.",
  "vnc/refused": "The VNC server refuses connections and says why.",
  "vnc/security": "The VNC server wants a way of logging in that is not supported.",
  "vnc/password": "The VNC server wants a password and there is none, or it is wrong.",
  "vnc/lost": "The VNC connection was lost while keys were being sent.",
} as const;
