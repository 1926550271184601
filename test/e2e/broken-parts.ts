// Parts of the platform that break, to be loaded before the action or the command line: `node --import …`.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

const broken = process.env["BREAK"] ?? "";

/** A clock that cannot be read: what writes the time before a line throws at every line. */
if (broken === "time") {
  Date.prototype.toISOString = () => {
    throw new TypeError("there is no time");
  };
}

/** A callback that throws in the work of one build: the one whose program says so. */
if (broken === "callback") {
  const { spawn } = childProcess;
  childProcess.spawn = ((...given: Parameters<typeof spawn>) => {
    const child = spawn(...given);
    child.stdout?.on("data", (data: Buffer) => {
      if (data.includes("break now")) {
        throw new TypeError("the callback broke");
      }
    });
    return child;
  }) as typeof spawn;
  syncBuiltinESMExports();
}

/** Something that belongs to no build. */
if (broken === "timer") {
  setTimeout(() => {
    throw new TypeError("the timer broke");
  }, 400);
}
