// Every C function that the house calls, with its prototype. The only file that imports node:ffi besides loop.ts; nothing here leaves the package.
import { dlopen, getInt32, getRawPointer } from "node:ffi";
import { errnoName } from "./errno.ts";

// Lengths are u32 and ssize_t is read as i32: all buffers here are far below 2 GiB, and BigInt costs more than the call.
const { functions } = dlopen(null, {
  /** int *__errno_location(void); */
  __errno_location: { arguments: [], return: "pointer" },
  /** int open(const char *path, int flags, ...); no mode: nothing is created */
  open: { arguments: ["string", "i32"], return: "i32" },
  /** int close(int fd); */
  close: { arguments: ["i32"], return: "i32" },
  /** ssize_t read(int fd, void *buf, size_t count); */
  read: { arguments: ["i32", "buffer", "u32"], return: "i32" },
  /** ssize_t write(int fd, const void *buf, size_t count); */
  write: { arguments: ["i32", "buffer", "u32"], return: "i32" },
  /** int ioctl(int fd, unsigned long request, ...); */
  ioctl: { arguments: ["i32", "u32", "buffer"], return: "i32" },
  /** int socket(int domain, int type, int protocol); */
  socket: { arguments: ["i32", "i32", "i32"], return: "i32" },
  /** int bind(int fd, const struct sockaddr *addr, socklen_t length); */
  bind: { arguments: ["i32", "buffer", "u32"], return: "i32" },
  /** int connect(int fd, const struct sockaddr *addr, socklen_t length); */
  connect: { arguments: ["i32", "buffer", "u32"], return: "i32" },
  /** int listen(int fd, int backlog); */
  listen: { arguments: ["i32", "i32"], return: "i32" },
  /** int accept4(int fd, struct sockaddr *addr, socklen_t *length, int flags); */
  accept4: { arguments: ["i32", "buffer", "buffer", "i32"], return: "i32" },
  /** int shutdown(int fd, int how); */
  shutdown: { arguments: ["i32", "i32"], return: "i32" },
  /** int getsockname(int fd, struct sockaddr *addr, socklen_t *length); */
  getsockname: { arguments: ["i32", "buffer", "buffer"], return: "i32" },
  /** int setsockopt(int fd, int level, int name, const void *value, socklen_t length); */
  setsockopt: { arguments: ["i32", "i32", "i32", "buffer", "u32"], return: "i32" },
  /** int getsockopt(int fd, int level, int name, void *value, socklen_t *length); */
  getsockopt: { arguments: ["i32", "i32", "i32", "buffer", "buffer"], return: "i32" },
  /** ssize_t sendto(int fd, const void *buf, size_t length, int flags, const struct sockaddr *addr, socklen_t addrlen); */
  sendto: { arguments: ["i32", "buffer", "u32", "i32", "buffer", "u32"], return: "i32" },
  /** ssize_t recvfrom(int fd, void *buf, size_t length, int flags, struct sockaddr *addr, socklen_t *addrlen); */
  recvfrom: { arguments: ["i32", "buffer", "u32", "i32", "buffer", "buffer"], return: "i32" },
  /** ssize_t sendmsg(int fd, const struct msghdr *message, int flags); */
  sendmsg: { arguments: ["i32", "buffer", "i32"], return: "i32" },
  /** ssize_t recvmsg(int fd, struct msghdr *message, int flags); */
  recvmsg: { arguments: ["i32", "buffer", "i32"], return: "i32" },
  /** int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags); */
  sendmmsg: { arguments: ["i32", "pointer", "u32", "i32"], return: "i32" },
  /** int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout); */
  recvmmsg: { arguments: ["i32", "pointer", "u32", "i32", "pointer"], return: "i32" },
  /** int setns(int fd, int nstype); */
  setns: { arguments: ["i32", "i32"], return: "i32" },
  /** int unshare(int flags); */
  unshare: { arguments: ["i32"], return: "i32" },
  /** pid_t gettid(void); */
  gettid: { arguments: [], return: "i32" },
  /** unsigned int if_nametoindex(const char *name); */
  if_nametoindex: { arguments: ["string"], return: "u32" },
  /** int inet_pton(int family, const char *text, void *address); */
  inet_pton: { arguments: ["i32", "string", "buffer"], return: "i32" },
  /** const char *inet_ntop(int family, const void *address, char *text, socklen_t size); */
  inet_ntop: { arguments: ["i32", "buffer", "buffer", "u32"], return: "pointer" },
});

export const c = functions;
const errnoAt = functions.__errno_location();

/** A C call that failed: what was called, and errno by number and by name. */
export class LinuxError extends Error {
  readonly call: string;
  readonly errno: number;
  readonly code: string;
  constructor(call: string, errno: number) {
    const code = errnoName(errno);
    super(`${call}: ${code}`);
    this.name = "LinuxError";
    this.call = call;
    this.errno = errno;
    this.code = code;
  }
}

/** errno of the call just made; nothing may come between. */
export const errno = (): number => getInt32(errnoAt, 0);

/** The result of a call, or a `LinuxError` when it is negative. */
export function must(result: number, call: string): number {
  if (result >= 0) return result;
  throw new LinuxError(call, errno());
}

/** Memory that C may read or write: 16-byte aligned and never from Node's pool. */
export const memory = (octets: number): Buffer => Buffer.alloc(octets);

/** The same memory as a plain Uint8Array: what leaves the package is never a Buffer. */
export const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

/** The address of a buffer, for a struct that points to it. Whoever stores it must keep the buffer for as long as the struct. */
export const addressOf = (buffer: Uint8Array): bigint => getRawPointer(buffer);

export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
/** SOCK_NONBLOCK | SOCK_CLOEXEC */
export const SOCK_OURS = 0o4000 | 0o2000000;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_LINGER = 13;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;
export const MSG_NOSIGNAL = 0x4000;
export const EINTR = 4;
export const EAGAIN = 11;
export const EINPROGRESS = 115;

/** setsockopt with an int. */
export function setOption(fd: number, level: number, name: number, value: number): void {
  const octets = memory(4);
  octets.writeInt32LE(value);
  must(c.setsockopt(fd, level, name, octets, octets.byteLength), `setsockopt ${level} ${name}`);
}

/** SO_ERROR: the errno that waits on the socket, 0 for none; reading clears it. */
export function pendingError(fd: number): number {
  const value = memory(4);
  const length = memory(4);
  length.writeUInt32LE(4);
  must(c.getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length), "getsockopt SO_ERROR");
  return value.readInt32LE();
}
