// The options of the WinRM communicator, as data.
import { option } from "../../sdk/option.ts";

export const winrmOptions = Object.freeze({
  winrm_username: option.string({
    default: "",
    description: "The user to log on as, such as `Administrator`, `DOMAIN\\user` or `user@domain`. Required.",
    example: "Administrator",
  }),
  winrm_password: option.string({
    default: "",
    description: "The user's password. Some builders find it out by themselves.",
    sensitive: true,
  }),
  winrm_host: option.string({ description: "Address of the machine. Most builders find it out by themselves." }),
  winrm_port: option.number({
    description: "Port of the machine's WinRM listener. 5985, or 5986 with `winrm_use_ssl`.",
    min: 1,
    max: 65535,
  }),
  winrm_timeout: option.duration({ default: "30m", description: "How long to wait for WinRM to become available." }),
  winrm_use_ssl: option.bool({ default: false, description: "Connect with HTTPS." }),
  winrm_insecure: option.bool({
    default: false,
    description: "Accept any certificate of an HTTPS listener, such as a self-signed one, for any name.",
  }),
  winrm_use_ntlm: option.bool({
    description:
      "Authenticate with NTLMv2 instead of Basic. Over HTTP all messages are sealed and signed, so machines with `AllowUnencrypted=false` work; over HTTPS the exchange is bound to the machine's certificate. Unless set, Basic is used, and NTLM where a machine offers only that.",
  }),
  winrm_no_proxy: option.bool({
    default: false,
    description: "Connect directly, whatever `HTTP_PROXY` and `HTTPS_PROXY` say.",
  }),
});
