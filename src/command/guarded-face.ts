// A face whose own faults end nothing: there is work behind it that must go on, and be cleaned up after.
import { guard } from "../core/emitter.ts";
import type { OptionSchema } from "../sdk/option.ts";
import type { Command, Face } from "./command.ts";

/** The same face, which hands what it throws to `broken`. */
export function guardFace(face: Face, broken: (thrown: unknown) => void): Face {
  const raw = face.raw?.bind(face);
  return {
    sink: guard(face.sink, broken),
    say: guard((text) => face.say(text), broken),
    error: guard((text) => face.error(text), broken),
    raw: raw === undefined ? undefined : guard(raw, broken),
    machine: guard((type, ...data) => face.machine(type, ...data), broken),
    diagnostics: guard((diagnostics, files) => face.diagnostics(diagnostics, files), broken),
  };
}

/** The same command, which comes to its end and cleans up whatever its face throws, and only then fails with that. */
export function putFaultsLast<S extends OptionSchema>(command: Command<S>): Command<S> {
  return Object.freeze({
    ...command,
    async run(config, template, context) {
      const faults: unknown[] = [];
      const face = guardFace(context.face, (thrown) => faults.push(thrown));
      const result = await command.run(config, template, { ...context, face });
      if (result.run?.fault !== undefined) {
        faults.push(result.run.fault.thrown);
      }
      if (faults.length > 0) {
        throw faults[0];
      }
      return result;
    },
  } satisfies Command<S>);
}
