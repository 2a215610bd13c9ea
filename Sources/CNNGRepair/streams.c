// Lets a connection of nng 1.5.2 close while a message is on its way.
//
// In 1.5.2 an operation that begins on an aio which is being closed is dropped without a word. The
// transports (tcp, tls, ipc) read a message in two steps and write a large one in many; if the
// connection is closed between two of them, the next step is dropped, its callback never runs, and
// the protocol's own operation above it never ends. The one thread that destroys connections then
// waits for it for ever, and every nng_close of the process with it. Upstream mended the transports
// in 1.6 (nanomsg/nng pull request 1636).
//
// The linker's --wrap sends the calls between nng's own objects through here: a step that was
// refused ends with NNG_ECLOSED, as the transports expect of every step. Both functions may call
// themselves once more inside (tls over tcp), which is why the refused aio is remembered, not a
// mere yes.
#include "CNNGRepair.h"

#include <nng/nng.h>
#include <string.h>

#ifdef SPOKESHAVE_NNG_ARCHIVE

int  __real_nni_aio_begin(nng_aio *aio);
void __real_nng_stream_send(nng_stream *stream, nng_aio *aio);
void __real_nng_stream_recv(nng_stream *stream, nng_aio *aio);
void nni_aio_finish_error(nng_aio *aio, int error);

static _Thread_local nng_aio *refused;

int spokeshave_nng_is_repaired(void) {
    // Later versions end the operation themselves, and a second end would be one too many.
    return strcmp(nng_version(), "1.5.2") == 0;
}

int __wrap_nni_aio_begin(nng_aio *aio) {
    int error = __real_nni_aio_begin(aio);
    if (error != 0) refused = aio;
    return error;
}

static void end_if_refused(nng_aio *aio) {
    int was_refused = refused == aio;
    refused         = NULL;
    if (was_refused && spokeshave_nng_is_repaired()) nni_aio_finish_error(aio, NNG_ECLOSED);
}

void __wrap_nng_stream_send(nng_stream *stream, nng_aio *aio) {
    refused = NULL;
    __real_nng_stream_send(stream, aio);
    end_if_refused(aio);
}

void __wrap_nng_stream_recv(nng_stream *stream, nng_aio *aio) {
    refused = NULL;
    __real_nng_stream_recv(stream, aio);
    end_if_refused(aio);
}

#else

int spokeshave_nng_is_repaired(void) { return 0; }

#endif
