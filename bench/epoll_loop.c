// The yardstick: the least that an HTTP/1.1 server must do on Linux. Answers the bench's four endpoints with fixed bytes:
// one recv and one send a request; nothing is parsed beyond the first letters of a head, its lines' ends and Content-Length.
// Usage: epoll_loop --port N [--threads N] [--sets own|shared]
//   --threads  default: as many as cores that the process may run on
//   --sets     own: each thread has an epoll set, the first thread accepts and deals connections out in turn (default: it
//              takes the least CPU time a request); shared: all threads wait at one set, and a counter in each connection
//              keeps a second thread out
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_SIZE = 16384, OUT_SIZE = 65536, MAX_EVENTS = 128, MAX_THREADS = 256 };
enum { PLAINTEXT, JSON, PARAMS, POST, NOT_FOUND, ANSWERS };

typedef struct {
    char text[512]; // status line, headers, body
    size_t size;
} Answer;

// A connection has no number but its descriptor's, which goes from thread to thread through close() and accept4(). It owns
// memory only while a request came in part or an answer was not taken whole.
typedef struct {
    char* in;
    size_t in_size;
    char* out;
    size_t out_size;
    atomic_uint pending; // events seen and not yet dealt with (shared set only)
} Connection;

typedef struct {
    int set;
    time_t made_at;
    Answer answers[ANSWERS];
    char in[IN_SIZE];
    char out[OUT_SIZE];
} Worker;

static Connection* connections; // by descriptor
static int descriptors;         // how many there can be
static int listener, threads, sets[MAX_THREADS];
static int shared_set = 0;
static unsigned dealt = 0;

static void fail(const char* what) {
    perror(what);
    exit(1);
}

static void make_answers(Worker* worker, time_t now) {
    static const char* const fixed[ANSWERS][3] = {
        {"200 OK", "text/plain; charset=utf-8", "Hello, World!"},
        {"200 OK", "application/json", "{\"message\":\"Hello, World!\"}"},
        {"200 OK", "application/json", "{\"item_id\":42,\"q\":\"hello\",\"limit\":20}"},
        {"200 OK", "application/json",
         "{\"name\":\"Foo\",\"price\":35.4,\"quantity\":3,\"description\":\"A very nice item\",\"tags\":[\"red\",\"blue\"],"
         "\"total\":106.19999999999999}"},
        {"404 Not Found", "application/json", "{\"detail\":\"Not Found\"}"},
    };
    char date[40];
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    for (int i = 0; i < ANSWERS; ++i)
        worker->answers[i].size = (size_t)snprintf(
            worker->answers[i].text, sizeof worker->answers[i].text,
            "HTTP/1.1 %s\r\ndate: %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\n\r\n%s", fixed[i][0], date, fixed[i][1],
            strlen(fixed[i][2]), fixed[i][2]);
    worker->made_at = now;
}

static int which_answer(const char* head, const char* end) {
    if (end - head < 18) return NOT_FOUND;
    if (memcmp(head, "GET /", 5) == 0) {
        if (memcmp(head + 5, "plaintext ", 10) == 0) return PLAINTEXT;
        if (memcmp(head + 5, "json ", 5) == 0) return JSON;
        if (memcmp(head + 5, "items/", 6) == 0) return PARAMS;
    }
    return memcmp(head, "POST /items ", 12) == 0 ? POST : NOT_FOUND;
}

// The end of the request that starts at a text, or null when it is not all there.
static const char* request_end(const char* text, const char* end) {
    size_t length = 0;
    for (const char* line = text;;) {
        const char* line_end = memchr(line, '\n', (size_t)(end - line));
        if (!line_end) return NULL;
        if (line_end - line == 1 && *line == '\r') {
            ++line_end;
            return length <= (size_t)(end - line_end) ? line_end + length : NULL;
        }
        if ((*line | 0x20) == 'c' && line_end - line > 15 && strncasecmp(line, "content-length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
        line = line_end + 1;
    }
}

static void end_connection(int fd) {
    Connection* c = &connections[fd];
    free(c->in);
    free(c->out);
    c->in = c->out = NULL;
    c->in_size = c->out_size = 0;
    close(fd); // leaves the epoll set by itself
}

// Sends, and keeps what the socket does not take. False when the client is gone.
static int send_or_keep(Connection* c, int fd, const char* data, size_t size) {
    if (!c->out) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n == (ssize_t)size) return 1;
        if (n < 0 && errno != EAGAIN) return 0;
        if (n > 0) data += n, size -= (size_t)n;
    }
    char* grown = realloc(c->out, c->out_size + size);
    if (!grown) return 0;
    memcpy(grown + c->out_size, data, size);
    c->out = grown;
    c->out_size += size;
    return 1;
}

static int send_kept(Connection* c, int fd) {
    ssize_t n = send(fd, c->out, c->out_size, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    c->out_size -= (size_t)n;
    memmove(c->out, c->out + n, c->out_size);
    if (!c->out_size) free(c->out), c->out = NULL;
    return 1;
}

// Answers the whole requests of a text: a lone one from where the answer stands, pipelined ones with one send. Returns how
// much of the text was used, or -1 when the client is gone.
static ssize_t answer_requests(Worker* worker, Connection* c, int fd, const char* text, size_t size) {
    const char* at = text;
    const char* end = text + size;
    const Answer* answer = NULL;
    size_t collected = 0;
    for (const char* next; at < end && (next = request_end(at, end)); at = next) {
        if (answer) {
            if (collected + answer->size > OUT_SIZE) {
                if (!send_or_keep(c, fd, worker->out, collected)) return -1;
                collected = 0;
            }
            memcpy(worker->out + collected, answer->text, answer->size);
            collected += answer->size;
        }
        answer = &worker->answers[which_answer(at, next)];
    }
    if (collected && !send_or_keep(c, fd, worker->out, collected)) return -1;
    if (answer && !send_or_keep(c, fd, answer->text, answer->size)) return -1;
    return at - text;
}

// Does what can be done without waiting. False when the connection is over.
static int serve(Worker* worker, int fd, unsigned events) {
    Connection* c = &connections[fd];
    if (c->out && !send_kept(c, fd)) return 0;
    while (!c->out) {
        size_t kept = c->in_size;
        ssize_t n = recv(fd, worker->in + kept, IN_SIZE - kept, 0);
        if (n < 0 && (errno == EAGAIN || errno == EBADF)) return 1;
        if (n <= 0) return 0;
        if (kept) memcpy(worker->in, c->in, kept);
        size_t size = kept + (size_t)n;
        ssize_t used = answer_requests(worker, c, fd, worker->in, size);
        size_t rest = size - (size_t)used;
        if (used < 0 || rest == IN_SIZE) return 0; // gone, or a request of more than IN_SIZE bytes
        if (rest || kept) {
            free(c->in);
            c->in = rest ? malloc(rest) : NULL;
            if (rest && !c->in) return 0;
            if (rest) memcpy(c->in, worker->in + used, rest);
            c->in_size = rest;
        }
        // What comes after a read that was not filled makes a new event; the end of the stream may have come with this one.
        if (size < IN_SIZE && !(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return 1;
    }
    return 1;
}

static void accept_all(void) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        if (fd >= descriptors) {
            close(fd);
            continue;
        }
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
        if (epoll_ctl(sets[shared_set ? 0 : dealt++ % (unsigned)threads], EPOLL_CTL_ADD, fd, &event) != 0) close(fd);
    }
}

static void* work(void* argument) {
    Worker* worker = calloc(1, sizeof *worker);
    if (!worker) fail("calloc");
    worker->set = *(int*)argument;
    struct epoll_event events[MAX_EVENTS];
    for (;;) {
        int count = epoll_wait(worker->set, events, MAX_EVENTS, -1);
        struct timespec now;
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        if (now.tv_sec != worker->made_at) make_answers(worker, now.tv_sec);
        for (int i = 0; i < count; ++i) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all();
            } else if (!shared_set) {
                if (!serve(worker, fd, events[i].events)) end_connection(fd);
            } else {
                atomic_uint* pending = &connections[fd].pending;
                unsigned seen = atomic_fetch_add(pending, 1) + 1;
                if (seen > 1) continue; // the thread that is at it will look again
                unsigned what = events[i].events;
                do {
                    if (!serve(worker, fd, what)) end_connection(fd);
                    what = EPOLLRDHUP; // of those that came since, nobody knows what they said
                } while (!atomic_compare_exchange_strong(pending, &seen, 0));
            }
        }
    }
    return NULL;
}

int main(int argc, char** argv) {
    int port = 8000;
    cpu_set_t cores;
    threads = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0) port = atoi(argv[i + 1]);
        if (strcmp(argv[i], "--threads") == 0) threads = atoi(argv[i + 1]);
        if (strcmp(argv[i], "--sets") == 0) shared_set = strcmp(argv[i + 1], "shared") == 0;
    }
    if (threads < 1 || threads > MAX_THREADS) threads = 1;

    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    descriptors = limit.rlim_max > 1000000 ? 1000000 : (int)limit.rlim_max;
    connections = calloc((size_t)descriptors, sizeof *connections);
    if (!connections) fail("calloc");

    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // accepted sockets inherit it
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0) fail("bind");
    if (listen(listener, 4096) != 0) fail("listen");
    for (int i = 0; i < threads; ++i)
        if ((sets[i] = shared_set && i > 0 ? sets[0] : epoll_create1(EPOLL_CLOEXEC)) < 0) fail("epoll_create1");
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = listener};
    if (epoll_ctl(sets[0], EPOLL_CTL_ADD, listener, &event) != 0) fail("epoll_ctl");
    for (int i = 1; i < threads; ++i) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, &sets[i]) != 0) fail("pthread_create");
    }
    work(&sets[0]);
}
