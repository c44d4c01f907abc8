// The first module of a worker of `startNamespaced`: enters the namespace before anything opens a socket, then loads the worker's own module.
import { parentPort } from "node:worker_threads";
import { gettid, setNet, unshareNet } from "./namespace.ts";

const { searchParams } = new URL(import.meta.url);
const module = searchParams.get("module");
const namespace = searchParams.get("namespace");
if (parentPort === null || module === null) throw new TypeError("to be started by startNamespaced");
if (namespace === null) unshareNet();
else setNet(namespace);
const begun = new Promise((resolve) => parentPort?.once("message", resolve));
parentPort.postMessage({ tid: gettid() });
await begun;
await import(module);
