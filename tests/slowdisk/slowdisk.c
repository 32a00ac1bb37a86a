/* A disk that takes its time: loaded before libc (LD_PRELOAD), it makes every open of a path
 * under SLOW_UNDER wait for SLOW_MS, and writes a line to SLOW_LOG: "owner" for the main thread of
 * the process, for any other one its name, and the path. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void slow(const char *path)
{
    const char *under = getenv("SLOW_UNDER"), *ms = getenv("SLOW_MS"), *log = getenv("SLOW_LOG");
    char line[4096], name[16] = "";
    int out, length;

    if (!under || !ms || !log || !path || strncmp(path, under, strlen(under)))
        return;
    prctl(PR_GET_NAME, name);
    length = snprintf(line, sizeof line, "%s %s\n",
                      syscall(SYS_gettid) == getpid() ? "owner" : name, path);
    out = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (out >= 0 && length > 0) {
        if (write(out, line, length) < 0)
            abort();
        close(out);
    }
    usleep(atoi(ms) * 1000);
}

#define OPEN(name)                                                          \
    int name(const char *path, int flags, ...)                              \
    {                                                                       \
        static int (*real)(const char *, int, ...);                         \
        va_list rest;                                                       \
        int mode;                                                           \
        va_start(rest, flags);                                              \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;       \
        va_end(rest);                                                       \
        if (!real)                                                          \
            real = dlsym(RTLD_NEXT, #name);                                 \
        slow(path);                                                         \
        return real(path, flags, mode);                                     \
    }

OPEN(open)
OPEN(open64)

DIR *opendir(const char *path)
{
    static DIR *(*real)(const char *);
    if (!real)
        real = dlsym(RTLD_NEXT, "opendir");
    slow(path);
    return real(path);
}
