/* A sound card in user space, as an ALSA plug-in ("ioplug").
 *
 * It takes samples in real time (CLOCK_MONOTONIC) like a card, writes them to a file with a
 * log of every transfer, and breaks on demand:
 *
 *   pcm.rt { type rtnull out "/heard.raw" log "/times.log" ctl "/ctl" }
 *
 * The first byte of the ctl file: 'N' every call fails with ENODEV (unplugged), 'S' the card
 * stalls (its pointer never moves), anything else it works. Used by the integration tests.
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    snd_pcm_ioplug_t io;
    int timer, out, log, running;
    char ctl[256];
    long long started_ns;
    unsigned long long written; /* frames since prepare */
    unsigned long long played;  /* frames up to the last start or stop */
} card_t;

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static char fault(card_t *card)
{
    char c = 0;
    int file = card->ctl[0] ? open(card->ctl, O_RDONLY) : -1;
    if (file >= 0) {
        if (read(file, &c, 1) < 1) c = 0;
        close(file);
    }
    return c;
}

static void note(card_t *card, const char *what, unsigned long long a, unsigned long long b)
{
    char line[128];
    int length = snprintf(line, sizeof line, "%lld %s %llu %llu\n", now_ns(), what, a, b);
    if (card->log >= 0 && write(card->log, line, length) < 0) card->log = -1;
}

static unsigned long long position(card_t *card)
{
    if (!card->running) return card->played;
    return card->played + (unsigned long long)((double)(now_ns() - card->started_ns) * card->io.rate / 1e9);
}

static void arm(card_t *card, long long interval_ns, long long first_ns)
{
    struct itimerspec t;
    memset(&t, 0, sizeof t);
    t.it_interval.tv_sec = interval_ns / 1000000000;
    t.it_interval.tv_nsec = interval_ns % 1000000000;
    t.it_value.tv_sec = first_ns / 1000000000;
    t.it_value.tv_nsec = first_ns % 1000000000;
    timerfd_settime(card->timer, 0, &t, NULL);
}

static int on_start(snd_pcm_ioplug_t *io)
{
    card_t *card = io->private_data;
    if (fault(card) == 'N') return -ENODEV;
    card->started_ns = now_ns();
    card->running = 1;
    note(card, "start", card->written, card->played);
    long long period = (long long)io->period_size * 1000000000LL / io->rate;
    arm(card, period, period);
    return 0;
}

static int on_stop(snd_pcm_ioplug_t *io)
{
    card_t *card = io->private_data;
    card->played = position(card);
    if (card->played > card->written) card->played = card->written;
    card->running = 0;
    arm(card, 0, 0);
    note(card, "stop", card->written, card->played);
    return 0;
}

static snd_pcm_sframes_t on_pointer(snd_pcm_ioplug_t *io)
{
    card_t *card = io->private_data;
    char c = fault(card);
    if (c == 'N') return -ENODEV;
    unsigned long long at = position(card);
    if (c == 'S') {
        at = card->played;
        card->started_ns = now_ns();
    }
    if (at > card->written) {
        note(card, "xrun", card->written, at);
        card->played = card->written;
        card->running = 0;
        return -EPIPE;
    }
    return (snd_pcm_sframes_t)(at % io->buffer_size);
}

static snd_pcm_sframes_t on_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                     snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
    card_t *card = io->private_data;
    if (fault(card) == 'N') return -ENODEV;
    const char *samples = (const char *)areas->addr + (areas->first + areas->step * offset) / 8;
    if (card->out >= 0 && write(card->out, samples, frames * (areas->step / 8)) < 0) card->out = -1;
    note(card, "xfer", card->written, frames);
    card->written += frames;
    return frames;
}

static int on_prepare(snd_pcm_ioplug_t *io)
{
    card_t *card = io->private_data;
    if (fault(card) == 'N') return -ENODEV;
    note(card, "prepare", card->written, io->buffer_size);
    card->running = 0;
    card->played = card->written = 0;
    arm(card, 0, 1); /* writable at once */
    return 0;
}

static int on_close(snd_pcm_ioplug_t *io)
{
    card_t *card = io->private_data;
    note(card, "close", card->written, 0);
    close(card->timer);
    if (card->out >= 0) close(card->out);
    if (card->log >= 0) close(card->log);
    free(card);
    return 0;
}

static int on_poll(snd_pcm_ioplug_t *io, struct pollfd *polled, unsigned count, unsigned short *events)
{
    card_t *card = io->private_data;
    unsigned long long ticks;
    *events = 0;
    if (fault(card) == 'N') {
        *events = POLLERR;
    } else if (count && (polled[0].revents & POLLIN)) {
        if (!card->running || read(card->timer, &ticks, sizeof ticks) > 0) *events = POLLOUT;
    }
    return 0;
}

static int on_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay)
{
    card_t *card = io->private_data;
    unsigned long long at = position(card);
    *delay = at > card->written ? 0 : (snd_pcm_sframes_t)(card->written - at);
    return 0;
}

static const snd_pcm_ioplug_callback_t CALLBACKS = {
    .start = on_start, .stop = on_stop, .pointer = on_pointer, .transfer = on_transfer,
    .close = on_close, .prepare = on_prepare, .poll_revents = on_poll, .delay = on_delay,
};

static int open_append(const char *path)
{
    return path && strcmp(path, "/dev/null") ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;
}

SND_PCM_PLUGIN_DEFINE_FUNC(rtnull)
{
    static const unsigned ACCESS[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
    static const unsigned FORMATS[] = {SND_PCM_FORMAT_S16_LE};
    const char *out = NULL, *log = NULL, *ctl = NULL;
    snd_config_iterator_t i, next;
    snd_config_for_each(i, next, conf)
    {
        snd_config_t *entry = snd_config_iterator_entry(i);
        const char *id;
        if (snd_config_get_id(entry, &id) < 0) continue;
        if (!strcmp(id, "out")) snd_config_get_string(entry, &out);
        if (!strcmp(id, "log")) snd_config_get_string(entry, &log);
        if (!strcmp(id, "ctl")) snd_config_get_string(entry, &ctl);
    }
    (void)root;
    card_t *card = calloc(1, sizeof *card);
    if (!card) return -ENOMEM;
    if (ctl) strncpy(card->ctl, ctl, sizeof card->ctl - 1);
    if (fault(card) == 'N') {
        free(card);
        return -ENODEV;
    }
    card->out = open_append(out);
    card->log = open_append(log);
    card->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    card->io.version = SND_PCM_IOPLUG_VERSION;
    card->io.name = "rtnull";
    card->io.callback = &CALLBACKS;
    card->io.private_data = card;
    card->io.poll_fd = card->timer;
    card->io.poll_events = POLLIN;
    int error = snd_pcm_ioplug_create(&card->io, name, stream, mode);
    if (error < 0) {
        free(card);
        return error;
    }
    snd_pcm_ioplug_set_param_list(&card->io, SND_PCM_IOPLUG_HW_ACCESS, 1, ACCESS);
    snd_pcm_ioplug_set_param_list(&card->io, SND_PCM_IOPLUG_HW_FORMAT, 1, FORMATS);
    snd_pcm_ioplug_set_param_minmax(&card->io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 2);
    snd_pcm_ioplug_set_param_minmax(&card->io, SND_PCM_IOPLUG_HW_RATE, 8000, 96000);
    snd_pcm_ioplug_set_param_minmax(&card->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 128, 262144);
    snd_pcm_ioplug_set_param_minmax(&card->io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
    note(card, "open", 0, getpid());
    *pcmp = card->io.pcm;
    return 0;
}
SND_PCM_PLUGIN_SYMBOL(rtnull);
