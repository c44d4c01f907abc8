import { InvalidArgumentError } from "commander";

/** Reads an option's value that is a whole number from 1 to `most`. */
export const whole = (most: number) => (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > most) throw new InvalidArgumentError(`A whole number from 1 to ${most}.`);
  return Number(text);
};
