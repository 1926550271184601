// A line about a transfer that takes its time: how much, how fast, and how long still.
import type { BuildEvent } from "./build-event.ts";

type ProgressEvent = Extract<BuildEvent, { type: "progress" }>;

/** Gives the line to show now, or `undefined` when none is due: the first after `first` milliseconds, then one `every` so many. */
export function watchProgress(first: number, every: number): (event: ProgressEvent) => string | undefined {
  const running = new Map<number, { readonly begun: number; due: number }>();
  return (event) => {
    const known = running.get(event.id) ?? { begun: event.at, due: event.at + first };
    running.set(event.id, known);
    if (event.ended) {
      running.delete(event.id);
    }
    if (event.ended || event.at < known.due) {
      return undefined;
    }
    known.due = event.at + every;
    return writeProgress(event, event.at - known.begun);
  };
}

function writeProgress({ label, done, total }: ProgressEvent, milliseconds: number): string {
  const perSecond = milliseconds === 0 ? 0 : (done * 1000) / milliseconds;
  const rate = `${writeSize(perSecond)}/s`;
  if (total === undefined || total === 0) {
    return `${label}: ${writeSize(done)}, ${rate}`;
  }
  const left = perSecond === 0 ? "" : `, ${writeTime((total - done) / perSecond)} left`;
  return `${label}: ${writeSize(done)} of ${writeSize(total)} (${Math.floor((done * 100) / total)} %), ${rate}${left}`;
}

function writeSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  while (value >= 1000 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${value >= 100 || units[0] === "B" ? Math.round(value) : value.toFixed(1)} ${units[0]}`;
}

function writeTime(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
