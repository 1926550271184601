// How the file with log-ins is read.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { searchLogin } from "./netrc.ts";

describe("a netrc file", () => {
  for (const [what, text, expected] of [
    ["in one line", "machine mirror.test login me password word", "me:word"],
    ["in several lines", "machine mirror.test\n\tlogin me\n\tpassword word\n", "me:word"],
    ["with the line ends of Windows", "machine mirror.test\r\nlogin me\r\npassword word\r\n", "me:word"],
    [
      "behind other machines",
      "machine a.test login a password a\nmachine mirror.test login me password word",
      "me:word",
    ],
    [
      "whose first entry counts",
      "machine mirror.test login me password word machine mirror.test login b password b",
      "me:word",
    ],
    ["with capital letters in the name", "machine Mirror.TEST login me password word", "me:word"],
    ["with an account", "machine mirror.test account x login me password word", "me:word"],
    ["with quoted words", 'machine mirror.test login "my self" password "wo\\"rd"', 'my self:wo"rd'],
    [
      "with comments",
      "# machine mirror.test login no password no\nmachine mirror.test login me password wo#rd",
      "me:wo#rd",
    ],
    [
      "with a macro before it",
      "machine a.test login a password a\nmacdef init\ncd /x\nlogin no\n\nmachine mirror.test login me password word",
      "me:word",
    ],
    ["that only has a default", "default login me password word", "me:word"],
    [
      "where the machine wins over an earlier default",
      "default login d password d\nmachine mirror.test login me password word",
      "me:word",
    ],
    ["without a password", "machine mirror.test login me", "me:"],
    ["with a password called machine", "machine mirror.test login me password machine", "me:machine"],
    ["of other machines", "machine other.test login me password word", undefined],
    ["of a name that ends alike", "machine test login me password word", undefined],
    ["without a log-in", "machine mirror.test", undefined],
    ["that is empty", "", undefined],
    ["that ends early", "machine", undefined],
  ] as const) {
    test(what, () => {
      const login = searchLogin(text, "mirror.test", false);
      assert.equal(login === undefined ? undefined : `${login.username}:${login.password}`, expected);
    });
  }

  test("has nothing for all hosts where only named ones count", () => {
    assert.equal(searchLogin("default login me password word", "mirror.test", true), undefined);
  });
});
