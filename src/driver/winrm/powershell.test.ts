// Values and scripts as PowerShell and cmd.exe take them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compact, encodeScript, MAX_COMMAND_LINE, makePowershellCommand, quotePowershell } from "./powershell.ts";
import { downloadScript, uploadScript } from "./transfer/scripts.ts";

describe("driver/winrm/powershell", () => {
  it("doubles every quote that would end a string, also typographic ones", () => {
    assert.equal(quotePowershell("it's ‘so’ $(bad) `x"), "'it''s ‘‘so’’ $(bad) `x'");
  });

  it("encodes scripts as -EncodedCommand wants them", () => {
    assert.equal(encodeScript("dir 'ü'"), "ZABpAHIAIAAnAPwAJwA=");
  });

  it("leaves away what PowerShell does not read", () => {
    assert.equal(compact("  a\n\n  # why\n  b # c\n"), "a\nb # c");
  });

  it("fits every transfer into a command line of cmd.exe, with a path as long as Windows takes", () => {
    const destination = `C:\\${"x".repeat(255)}`;
    const upload = uploadScript({ id: "0".repeat(36), sha256: "A".repeat(64), destination });
    assert.ok(makePowershellCommand(upload).length < MAX_COMMAND_LINE, String(makePowershellCommand(upload).length));
    assert.ok(makePowershellCommand(downloadScript(destination, true)).length < MAX_COMMAND_LINE);
    assert.ok(!/[&|<>^%"]/.test(makePowershellCommand(upload).slice(15)), "nothing that cmd.exe would read");
  });

  it("puts paths into scripts as values", () => {
    assert.match(downloadScript("C:\\it's $(here)", false), /ExpandEnvironmentVariables\('C:\\it''s \$\(here\)'\)/);
  });
});
