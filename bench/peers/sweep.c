/* Reads BYTES on THREADS threads, 16 at a time into 8 sums, ROUNDS times; prints the best rate, in GB/s. */
#include <emmintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUMS = 8, MOST_THREADS = 256 };

static char *memory;
static size_t part; /* bytes of a thread */
static int rounds;
static pthread_barrier_t barrier;
static volatile int seen[MOST_THREADS];

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static void sweep(long thread) {
  const __m128i *at = (const __m128i *)(memory + part * thread), *end = at + part / 16;
  __m128i sums[SUMS];
  for (int k = 0; k < SUMS; k++) sums[k] = _mm_setzero_si128();
  for (; at < end; at += SUMS)
    for (int k = 0; k < SUMS; k++) sums[k] = _mm_add_epi32(sums[k], _mm_load_si128(at + k));
  for (int k = 1; k < SUMS; k++) sums[0] = _mm_add_epi32(sums[0], sums[k]);
  seen[thread] = _mm_cvtsi128_si32(sums[0]);
}

static void *work(void *argument) {
  long thread = (long)argument;
  memset(memory + part * thread, 1, part); /* pages that were never written share one page of zeros */
  for (int round = 0; round < rounds; round++) {
    pthread_barrier_wait(&barrier);
    sweep(thread);
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

int main(int count, char **values) {
  if (count != 4) return 2;
  int threads = atoi(values[2]);
  rounds = atoi(values[3]);
  part = (size_t)atof(values[1]) / threads / (16 * SUMS) * (16 * SUMS);
  memory = aligned_alloc(64, part * threads);
  if (!memory || threads > MOST_THREADS) return 1;
  pthread_t ids[MOST_THREADS];
  pthread_barrier_init(&barrier, NULL, threads + 1);
  for (long i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, (void *)i);
  double best = 1e9;
  for (int round = 0; round < rounds; round++) {
    pthread_barrier_wait(&barrier);
    double begin = seconds();
    pthread_barrier_wait(&barrier);
    double took = seconds() - begin;
    if (took < best) best = took;
  }
  printf("%.3f\n", part * threads / best / 1e9);
  return 0;
}
