#!/usr/bin/env bash
# A run that its time limit ends says where it waits: two threads for each other's locks.
. "$(dirname "$0")/lib.sh"
command -v cc >/dev/null || skip "no C compiler"
git init -q -b main repo
cd repo
for i in $(seq 1 6); do
  if [ "$i" -ge 4 ]; then first=index_lock second=ring_lock; else first=ring_lock second=index_lock; fi
  cat >prog.c <<END
#include <pthread.h>
#include <semaphore.h>
static pthread_mutex_t ring_lock = PTHREAD_MUTEX_INITIALIZER, index_lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t both;
static void meet(void) { sem_post(&both); while ($i >= 4) { int n; sem_getvalue(&both, &n); if (n >= 2) break; } }
static void *ring_put(void *p) { pthread_mutex_lock(&ring_lock); meet(); pthread_mutex_lock(&index_lock);
  pthread_mutex_unlock(&index_lock); pthread_mutex_unlock(&ring_lock); return p; }
static void *index_add(void *p) { pthread_mutex_lock(&$first); meet(); pthread_mutex_lock(&$second);
  pthread_mutex_unlock(&$second); pthread_mutex_unlock(&$first); return p; }
int main(void) {
  pthread_t a, b;
  sem_init(&both, 0, 0);
  pthread_create(&a, 0, ring_put, 0);
  pthread_create(&b, 0, index_add, 0);
  pthread_join(a, 0);
  pthread_join(b, 0);
  return 0;
}
END
  git add -A
  git commit -qm "change $i"
  [ "$i" -ne 1 ] || git tag v1.0
done
expect 0 "$CULPRIT" bisect --good v1.0 --runs 2 --timeout 3 --no-verify --build 'cc -g -w -o prog prog.c -pthread' -- ./prog
says 'change 4'
says 'deadlock in index_add / ring_put'
leaves_nothing .
