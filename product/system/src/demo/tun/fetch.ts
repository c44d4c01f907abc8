// The client where there is no curl: writes the page and behind it the three digits of the status, as `curl --write-out` does.
import { get } from "node:http";
import process from "node:process";

const [url = ""] = process.argv.slice(2);
const request = get(url, { timeout: 10_000 }, (response) => {
  response.on("data", (data: Uint8Array) => process.stdout.write(data));
  response.on("end", () => process.stdout.write(String(response.statusCode).padStart(3, "0")));
});
request.on("timeout", () => request.destroy(new Error("no answer in 10 seconds")));
request.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
