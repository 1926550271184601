// Paths of templates on Windows machines.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toWindowsPath } from "./windows-path.ts";

describe("communicator/winrm/windows-path", () => {
  it("spells paths as Windows does", () => {
    assert.equal(toWindowsPath("c:/Windows/Temp/script.bat"), "c:\\Windows\\Temp\\script.bat");
    assert.equal(toWindowsPath("C:\\mixed/path"), "C:\\mixed\\path");
  });

  it("takes quotes off that are around the whole path", () => {
    assert.equal(toWindowsPath("'C:/Program Files/x'"), "C:\\Program Files\\x");
    assert.equal(toWindowsPath('"C:/a b"'), "C:\\a b");
    assert.equal(toWindowsPath("C:/it's"), "C:\\it's");
  });

  it("lets the machine expand PowerShell's variables of the environment", () => {
    assert.equal(toWindowsPath("$env:TEMP/x"), "%TEMP%\\x");
    assert.equal(toWindowsPath("${ENV:ProgramFiles}/x"), "%ProgramFiles%\\x");
    assert.equal(toWindowsPath("C:/$(calc)/x"), "C:\\$(calc)\\x");
  });
});
