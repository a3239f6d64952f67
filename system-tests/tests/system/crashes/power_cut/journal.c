/* A library to preload: keeps a journal of what a program writes to the files of one folder, and of what it syncs.
 *
 * The journal, the file named by CITAS_JOURNAL, has one record for each write, truncation and sync of a file below the folder named
 * by CITAS_JOURNAL_OF. A write's record is there before the write, and a sync's after the sync; so whatever no later sync names may
 * be lost by a power cut. All numbers are little-endian:
 *
 *   kind (1 byte: 'w', 't', 's'), length of the name (4), offset (8), size of the file before (8),
 *   length of what was there (4), length of what is written (4), name, what was there, what is written
 *
 * For a truncation, the offset is the new size, and what was there is everything behind it. For a sync, it is the length of the
 * journal when the sync began: only what was written until then is sure to be stored.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

static int journal = -1;
static char folder[4096];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    const char *path = getenv("CITAS_JOURNAL"), *of = getenv("CITAS_JOURNAL_OF");
    if (path == NULL || of == NULL || strlen(of) + 2 > sizeof folder) {
        return;
    }
    strcpy(folder, of);
    strcat(folder, "/");
    journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The name of the file below the folder; NULL if it is elsewhere. */
static const char *name_of(int file, char *path, size_t room) {
    if (journal < 0 || file == journal) {
        return NULL;
    }
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, room - 1);
    size_t start = strlen(folder);
    if (length <= (ssize_t)start || strncmp(path, folder, start) != 0) {
        return NULL;
    }
    path[length] = 0;
    return path + start;
}

static void put(char **to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        *(*to)++ = (char)(value >> (8 * i));
    }
}

static void record(char kind, int file, const char *name, uint64_t offset, const void *bytes, size_t count) {
    struct stat before = {0};
    if (fstat(file, &before) != 0) {
        return;
    }
    uint64_t size = (uint64_t)before.st_size;
    uint64_t end = kind == 't' ? size : offset + count;
    size_t old = kind == 's' || offset >= size ? 0 : (size_t)((end < size ? end : size) - offset);
    size_t names = strlen(name);
    char *whole = malloc(29 + names + old + count), *to = whole;
    if (whole == NULL) {
        abort();
    }
    *to++ = kind;
    put(&to, names, 4);
    put(&to, offset, 8);
    put(&to, size, 8);
    put(&to, old, 4);
    put(&to, count, 4);
    memcpy(to, name, names);
    to += names;
    if (old > 0) {
        /* By another descriptor: this one may be for writing only. */
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        int reader = open(path, O_RDONLY | O_CLOEXEC);
        if (reader < 0 || pread(reader, to, old, (off_t)offset) != (ssize_t)old) {
            abort();
        }
        close(reader);
        to += old;
    }
    if (count > 0) {
        memcpy(to, bytes, count);
        to += count;
    }
    if (real_write(journal, whole, (size_t)(to - whole)) != to - whole) {
        abort();
    }
    free(whole);
}

ssize_t write(int file, const void *bytes, size_t count) {
    char path[4096];
    const char *name = name_of(file, path, sizeof path);
    if (name == NULL) {
        return real_write(file, bytes, count);
    }
    pthread_mutex_lock(&lock);
    off_t offset = fcntl(file, F_GETFL) & O_APPEND ? lseek(file, 0, SEEK_END) : lseek(file, 0, SEEK_CUR);
    record('w', file, name, (uint64_t)offset, bytes, count);
    ssize_t written = real_write(file, bytes, count);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    char path[4096];
    const char *name = name_of(file, path, sizeof path);
    if (name == NULL) {
        return real_pwrite(file, bytes, count, offset);
    }
    pthread_mutex_lock(&lock);
    record('w', file, name, (uint64_t)offset, bytes, count);
    ssize_t written = real_pwrite(file, bytes, count, offset);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return pwrite(file, bytes, count, offset);
}

int ftruncate(int file, off_t size) {
    char path[4096];
    const char *name = name_of(file, path, sizeof path);
    if (name == NULL) {
        return real_ftruncate(file, size);
    }
    pthread_mutex_lock(&lock);
    record('t', file, name, (uint64_t)size, NULL, 0);
    int result = real_ftruncate(file, size);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int file, off64_t size) {
    return ftruncate(file, size);
}

static int sync_by(int (*real)(int), int file) {
    char path[4096];
    const char *name = name_of(file, path, sizeof path);
    if (name == NULL) {
        return real(file);
    }
    pthread_mutex_lock(&lock);
    off_t until = lseek(journal, 0, SEEK_END);
    pthread_mutex_unlock(&lock);
    int result = real(file);
    if (result == 0) {
        pthread_mutex_lock(&lock);
        record('s', file, name, (uint64_t)until, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return result;
}

int fsync(int file) {
    return sync_by(real_fsync, file);
}

int fdatasync(int file) {
    return sync_by(real_fdatasync, file);
}
