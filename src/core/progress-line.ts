// A line about a transfer that takes its time: how much, how fast, and how long still.
import type { BuildEvent } from "./build-event.ts";

type ProgressEvent = Extract<BuildEvent, { type: "progress" }>;

/** Gives the line to show now, or `undefined` when none is due: the first after `first` milliseconds, then one `every` so many. */
export function progressLines(first: number, every: number): (event: ProgressEvent) => string | undefined {
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
    return progressText(event, event.at - known.begun);
  };
}

function progressText({ label, done, total }: ProgressEvent, milliseconds: number): string {
  const perSecond = milliseconds === 0 ? 0 : (done * 1000) / milliseconds;
  const rate = `${sizeText(perSecond)}/s`;
  if (total === undefined || total === 0) {
    return `${label}: ${sizeText(done)}, ${rate}`;
  }
  const left = perSecond === 0 ? "" : `, ${timeText((total - done) / perSecond)} left`;
  return `${label}: ${sizeText(done)} of ${sizeText(total)} (${Math.floor((done * 100) / total)} %), ${rate}${left}`;
}

function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  while (value >= 1000 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${value >= 100 || units[0] === "B" ? Math.round(value) : value.toFixed(1)} ${units[0]}`;
}

function timeText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
