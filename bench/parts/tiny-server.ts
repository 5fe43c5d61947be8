// A service that starts in a millisecond, so that what is measured is the program and not the service: a small C
// server where a compiler is there, else Node. Both answer every request at once, or later when the path says so.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type TinyServer = {
  readonly kind: 'C' | 'Node'
  readonly command: string
  /** File name and content. */
  readonly file: readonly [string, Buffer]
}

/** Each answer says in `x-accepted-us` when the request came, by the machine's monotonic clock. */
export function tinyServer(): TinyServer {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tiny-'))
  try {
    writeFileSync(join(folder, 'tiny.c'), C_SOURCE)
    execFileSync('cc', ['-O2', '-o', join(folder, 'tiny'), join(folder, 'tiny.c')], { stdio: 'pipe' })
    return { kind: 'C', command: 'exec ./tiny', file: ['tiny', readFileSync(join(folder, 'tiny'))] }
  } catch {
    return { kind: 'Node', command: 'exec node tiny.mjs', file: ['tiny.mjs', Buffer.from(NODE_SOURCE)] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// One thread, epoll, keep-alive. A path that begins with /slow is answered after 200 ms.
const C_SOURCE = `
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 4096
#define SLOW_US 200000
static char head[CLIENTS][8192];
static int length[CLIENTS];
static long due[CLIENTS], came[CLIENTS];

static long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static void answer(int fd) {
  char out[256];
  int n = snprintf(out, sizeof out, "HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nx-accepted-us: %ld\\r\\n\\r\\nok\\n", came[fd]);
  if (write(fd, out, n) < 0) { }
  due[fd] = 0;
}

static void readable(int fd) {
  int n = read(fd, head[fd] + length[fd], sizeof head[fd] - 1 - length[fd]);
  if (n <= 0) { close(fd); length[fd] = 0; due[fd] = 0; return; }
  length[fd] += n;
  head[fd][length[fd]] = 0;
  if (!strstr(head[fd], "\\r\\n\\r\\n")) return;
  came[fd] = now_us();
  if (strstr(head[fd], " /slow")) due[fd] = came[fd] + SLOW_US;
  else answer(fd);
  length[fd] = 0;
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  int door = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT"))) };
  inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
  if (bind(door, (struct sockaddr *)&at, sizeof at) < 0 || listen(door, 1024) < 0) { perror("tiny"); return 1; }
  int poll = epoll_create1(0);
  struct epoll_event e = { .events = EPOLLIN, .data.fd = door }, got[64];
  epoll_ctl(poll, EPOLL_CTL_ADD, door, &e);
  for (;;) {
    int waiting = 0;
    for (int fd = 0; fd < CLIENTS; fd++) if (due[fd]) { if (due[fd] <= now_us()) answer(fd); else waiting = 1; }
    int n = epoll_wait(poll, got, 64, waiting ? 5 : -1);
    for (int i = 0; i < n; i++) {
      if (got[i].data.fd != door) { readable(got[i].data.fd); continue; }
      int fd = accept4(door, 0, 0, SOCK_CLOEXEC);
      if (fd < 0) continue;
      if (fd >= CLIENTS) { close(fd); continue; }
      length[fd] = 0; due[fd] = 0;
      e.events = EPOLLIN; e.data.fd = fd;
      epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e);
    }
  }
}
`

const NODE_SOURCE = `
import { createServer } from 'node:http'
createServer((request, response) => {
  response.setHeader('x-accepted-us', String(process.hrtime.bigint() / 1000n))
  setTimeout(() => response.end('ok\\n'), request.url.startsWith('/slow') ? 200 : 0)
}).listen(Number(process.env.PORT), '127.0.0.1')
`
