// Requests at a fixed rate, whatever the answers do: what comes late is measured from when it was due, not from when
// there was time to send it. In C, so that the client is not what is measured; undefined where no compiler is.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'

export type OpenLoop = (load: {
  readonly port: number
  readonly perSecond: number
  readonly seconds: number
  readonly connections: number
}) => Promise<{
  readonly answered: number
  readonly failed: number
  readonly p50Us: number
  readonly p99Us: number
}>

export function openLoop(folder: string): OpenLoop | undefined {
  const program = join(folder, 'open-loop')
  try {
    writeFileSync(`${program}.c`, C_SOURCE)
    execFileSync('cc', ['-O2', '-o', program, `${program}.c`], { stdio: 'pipe' })
  } catch {
    return undefined
  }
  return ({ port, perSecond, seconds, connections }) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [port, perSecond, seconds, connections].map(String), {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
      child.once('error', reject)
      child.once('close', (code) => {
        if (code !== 0) return reject(new Error(`the open loop ended with ${code}`))
        const [answered = 0, failed = 0, p50Us = 0, p99Us = 0] = said.trim().split(' ').map(Number)
        resolve({ answered, failed, p50Us, p99Us })
      })
    })
}

// One thread, epoll. A connection carries one request at a time; what is due and finds none free waits, and its
// waiting counts.
const C_SOURCE = `
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}
static int longer(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}
int main(int argc, char **argv) {
  int port = atoi(argv[1]), connections = atoi(argv[4]);
  double rate = atof(argv[2]);
  long seconds = atol(argv[3]), total = (long)(rate * seconds);
  int *took = malloc(total * sizeof *took), *fds = malloc(connections * sizeof *fds);
  int *idle = malloc(connections * sizeof *idle), idles = 0, *need = calloc(connections, sizeof *need);
  long *due = malloc(connections * sizeof *due);
  int poll = epoll_create1(0);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
  inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
  for (int i = 0; i < connections; i++) {
    fds[i] = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;
    setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fds[i], (struct sockaddr *)&at, sizeof at) < 0) { perror("connect"); return 1; }
    struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };
    epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &e);
    idle[idles++] = i;
  }
  long start = now_us(), sent = 0, answered = 0, failed = 0, end = start + seconds * 1000000L + 5000000L;
  while (answered + failed < total && now_us() < end) {
    long now = now_us();
    while (idles > 0 && sent < total && start + (long)(sent / rate * 1e6) <= now) {
      int i = idle[--idles];
      char out[256];
      int n = snprintf(out, sizeof out, "GET / HTTP/1.1\\r\\nHost: shop.localhost\\r\\nX-Customer: customer-%ld\\r\\n\\r\\n", sent % 1000);
      due[i] = start + (long)(sent / rate * 1e6);
      sent++;
      if (write(fds[i], out, n) != n) failed++;
    }
    struct epoll_event got[64];
    long next = sent < total ? start + (long)(sent / rate * 1e6) - now_us() : 1000;
    int waits = idles == 0 || next > 1500 ? 1 : 0;
    int n = epoll_wait(poll, got, 64, waits);
    if (n == 0 && !waits) { struct timespec t = { 0, 20000 }; nanosleep(&t, 0); }
    for (int k = 0; k < n; k++) {
      int i = got[k].data.u32;
      char in[4096];
      int r = read(fds[i], in, sizeof in - 1);
      if (r <= 0) { failed++; epoll_ctl(poll, EPOLL_CTL_DEL, fds[i], 0); continue; }
      in[r] = 0;
      if (need[i] == 0) {
        char *body = strstr(in, "\\r\\n\\r\\n"), *length = strcasestr(in, "content-length: ");
        if (!body || !length) { fprintf(stderr, "odd answer: %s\\n", in); return 1; }
        need[i] = atoi(length + 16) - (int)(in + r - body - 4);
        if (strncmp(in, "HTTP/1.1 200", 12)) failed++;
      } else need[i] -= r;
      if (need[i] > 0) continue;
      took[answered++] = (int)(now_us() - due[i]);
      idle[idles++] = i;
    }
  }
  failed += total - answered;
  qsort(took, answered, sizeof *took, longer);
  printf("%ld %ld %d %d\\n", answered, failed, took[answered / 2], took[answered * 99 / 100]);
  return 0;
}
`
