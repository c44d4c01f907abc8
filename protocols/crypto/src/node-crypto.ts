/** What @types/node lacks: `createMac` of Node 26. */
declare module "node:crypto" {
  interface Mac {
    update(data: Uint8Array): this;
    final(): NonSharedBuffer;
  }
  function createMac(algorithm: "cmac", key: Uint8Array, options: { readonly cipher: "aes-128-cbc" }): Mac;
}

export {};
