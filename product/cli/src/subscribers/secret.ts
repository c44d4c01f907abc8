import { readFileSync } from "node:fs";
import process from "node:process";
import { fileMistake, Mistake } from "../mistake.ts";

/** Answers to prompts for keys: hidden on a terminal, otherwise the lines of standard input in the order of the prompts. */
export async function secrets(prompts: readonly string[]): Promise<string[]> {
  if (prompts.length === 0) return [];
  if (process.stdin.isTTY) {
    const answers: string[] = [];
    for (const prompt of prompts) answers.push(await hidden(prompt));
    return answers;
  }
  let lines: string[];
  try {
    lines = readFileSync(0, "utf8").split("\n");
  } catch (error) {
    throw fileMistake("standard input", error);
  }
  return prompts.map((prompt, i) => {
    const line = lines[i]?.trim() ?? "";
    if (line === "") throw new Mistake(`standard input: line ${i + 1} should be ${prompt}; there is none`);
    return line;
  });
}

const [enter, lineFeed, interrupt, endOfInput, backspace, del] = ["\r", "\n", "\u0003", "\u0004", "\b", "\u007f"];

async function hidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(`${prompt} (not shown): `);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = "";
      const take = (text: string): void => {
        for (const key of text) {
          if (key === enter || key === lineFeed || key === endOfInput) return done(() => resolve(typed.trim()));
          if (key === interrupt) return done(() => reject(new Mistake("interrupted; nothing was changed")));
          typed = key === backspace || key === del ? typed.slice(0, -1) : typed + key;
        }
      };
      const done = (settle: () => void): void => {
        stdin.off("data", take);
        settle();
      };
      stdin.on("data", take);
      stdin.resume();
    });
  } finally {
    stdin.pause();
    stdin.setRawMode(false);
    stderr.write("\n");
  }
}
