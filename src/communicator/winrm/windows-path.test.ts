// Paths of templates on Windows machines.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { windowsPath } from "./windows-path.ts";

describe("communicator/winrm/windows-path", () => {
  it("spells paths as Windows does", () => {
    assert.equal(windowsPath("c:/Windows/Temp/script.bat"), "c:\\Windows\\Temp\\script.bat");
    assert.equal(windowsPath("C:\\mixed/path"), "C:\\mixed\\path");
  });

  it("takes quotes off that are around the whole path", () => {
    assert.equal(windowsPath("'C:/Program Files/x'"), "C:\\Program Files\\x");
    assert.equal(windowsPath('"C:/a b"'), "C:\\a b");
    assert.equal(windowsPath("C:/it's"), "C:\\it's");
  });

  it("lets the machine expand PowerShell's variables of the environment", () => {
    assert.equal(windowsPath("$env:TEMP/x"), "%TEMP%\\x");
    assert.equal(windowsPath("${ENV:ProgramFiles}/x"), "%ProgramFiles%\\x");
    assert.equal(windowsPath("C:/$(calc)/x"), "C:\\$(calc)\\x");
  });
});
