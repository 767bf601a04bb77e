/**
 * The Python program that holds other programs: it sets limits that the kernel keeps, gives up what it may do itself, and runs
 * the program in its own process. So nothing is started afterwards, and nothing needs to be: neither root nor a helper.
 *
 * | what | held by |
 * | --- | --- |
 * | time | the parent's clock; `RLIMIT_CPU`, and on Linux the parent's death |
 * | memory | `RLIMIT_AS` |
 * | files | Landlock (from Linux 5.13 on): nothing outside the folder is written; `RLIMIT_FSIZE`, `RLIMIT_NOFILE` |
 * | processes, network, signals to others | a seccomp filter: `fork`, `exec`, `socket`, `kill` fail |
 * | root's rights | capabilities are dropped, so that limits hold for root, too |
 *
 * Besides, an audit hook of Python (PEP 578) refuses the same where the kernel does not do it, and says so in Python's own words. Code
 * that is written to get round a hook gets round it; the kernel's filters stay.
 *
 * The filter, in the terms of seccomp(2): the machine's calls by number, each refused, or refused by one of its arguments. Numbers
 * are those of asm/unistd_64.h and of asm-generic/unistd.h.
 * @module
 */

/** Reads `{ program, folder, limits }` as JSON from stdin; reports to the file descriptor 3. */
export const PYTHON_GUARD: string = String.raw`
import ctypes, json, os, platform, struct, sys, traceback

task = json.loads(sys.stdin.buffer.read().decode("utf-8", "surrogatepass"))
folder, limits = task["folder"], task["limits"]
guards = []
os.set_inheritable(3, False)
null = os.open(os.devnull, os.O_RDONLY)
os.dup2(null, 0)
os.close(null)

def report(**what):
    os.write(3, (json.dumps(what) + "\n").encode())

def attempt(name, hold):
    try:
        hold()
        guards.append(name)
    except Exception:
        pass

# --- limits ---
import resource

def limited(name, most):
    which = getattr(resource, name)
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(which, (most, most))

seconds = -(-limits["timeoutMs"] // 1000) + 1
attempt("RLIMIT_CPU", lambda: limited("RLIMIT_CPU", seconds))
attempt("RLIMIT_FSIZE", lambda: limited("RLIMIT_FSIZE", limits["fileBytes"]))
attempt("RLIMIT_NOFILE", lambda: limited("RLIMIT_NOFILE", 64))
attempt("RLIMIT_CORE", lambda: limited("RLIMIT_CORE", 0))
attempt("RLIMIT_AS", lambda: limited("RLIMIT_AS", limits["memoryBytes"]))

# --- the kernel's filters, on Linux ---
libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

def call(function, *arguments):
    result = function(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), str(function))
    return result

def no_capabilities():
    call(libc.capset, struct.pack("Ii", 0x20080522, 0), bytes(24))

def landlock():
    abi = call(libc.syscall, 444, None, 0, 1)
    writes = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12]  # from LANDLOCK_ACCESS_FS_WRITE_FILE to _MAKE_SYM
    if abi >= 2: writes.append(13)  # REFER
    if abi >= 3: writes.append(14)  # TRUNCATE
    allowed = sum(1 << bit for bit in writes if bit not in (6, 11))  # no devices
    handled = sum(1 << bit for bit in writes) | 1  # EXECUTE
    attributes = struct.pack("QQQ", handled, 3, 3)  # TCP; signals and abstract sockets
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = call(libc.syscall, 444, attributes[:size], ctypes.c_size_t(size), 0)
    for path, access in ((folder, allowed), (os.devnull, 1 << 1)):
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        call(libc.syscall, 445, rules, 1, struct.pack("=Qi", access, opened), 0)
        os.close(opened)
    call(libc.syscall, 446, rules, 0)
    os.close(rules)

# arch, and the calls: x86_64, aarch64. -1: the machine has no such call.
ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
REFUSED = {
    "socket": (41, 198), "execve": (59, 221), "execveat": (322, 281), "fork": (57, -1), "vfork": (58, -1),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "fsopen": (430, 430), "open_tree": (428, 428), "mount_setattr": (442, 442),
    "io_uring_setup": (425, 425), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "mq_open": (240, 180),
    "msgget": (68, 186), "semget": (64, 190), "add_key": (248, 217), "keyctl": (250, 219), "request_key": (249, 218),
    "setrlimit": (160, 164), "setsid": (112, 157), "setpgid": (109, 154), "setpriority": (141, 140),
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, -1), "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54),
    "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "sethostname": (170, 161), "settimeofday": (164, 170), "clock_settime": (227, 112), "reboot": (169, 142),
    "init_module": (175, 105), "finit_module": (313, 273), "kexec_load": (246, 104), "swapon": (167, 224),
}
THREAD = 0x00010000  # CLONE_THREAD

def seccomp():
    arch, column = ARCHES[platform.machine()]
    if struct.calcsize("P") != 8:
        raise OSError("a program of 32 bits has other numbers")
    EPERM, ENOSYS = 0x00050000 | 1, 0x00050000 | 38
    ALLOW, KILL = 0x7FFF0000, 0x80000000
    load = lambda offset: (0x20, 0, 0, offset)
    give = lambda what: (0x06, 0, 0, what)
    equal = lambda value, so, otherwise: (0x15, so, otherwise, value)
    argument = lambda n: load(16 + 8 * n)  # its lower half
    # Another architecture's calls have other numbers; so have those of x32, from 2^30 on.
    lines = [load(4), equal(arch, 1, 0), give(KILL), load(0), (0x35, 0, 1, 0x40000000), give(KILL)]
    for numbers in REFUSED.values():
        if numbers[column] >= 0:
            lines += [equal(numbers[column], 0, 1), give(EPERM)]
    clone, clone3, tgkill, prlimit, prctl = [(56, 435, 234, 302, 157), (220, 435, 131, 261, 167)][column]
    # glibc falls back to clone, whose flags a filter can see.
    lines += [equal(clone3, 0, 1), give(ENOSYS)]
    lines += [equal(clone, 0, 4), argument(0), (0x45, 0, 1, THREAD), give(ALLOW), give(EPERM)]
    lines += [equal(tgkill, 0, 4), argument(0), equal(os.getpid(), 0, 1), give(ALLOW), give(EPERM)]
    # prlimit without new limits only reads them.
    lines += [equal(prlimit, 0, 6), argument(2), equal(0, 0, 3), load(16 + 8 * 2 + 4), equal(0, 0, 1), give(ALLOW), give(EPERM)]
    lines += [equal(prctl, 0, 4), argument(0), equal(1, 0, 1), give(EPERM), give(ALLOW)]  # PR_SET_PDEATHSIG
    lines += [give(ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code))
    call(libc.prctl, 22, ctypes.c_ulong(2), program, ctypes.c_ulong(0), ctypes.c_ulong(0))

# --- Python's own hook ---
SOCKETS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
           "socket.gethostbyaddr", "socket.getnameinfo"}
PROCESSES = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
             "os.kill", "os.killpg", "os.startfile"}
PATHS = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.rename": 2, "os.link": 2, "os.symlink": 2, "os.truncate": 1,
         "os.chmod": 1, "os.chown": 1, "os.utime": 1, "os.setxattr": 1, "os.removexattr": 1, "os.chflags": 1}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MOST_FILES = 64

def hook():
    realpath, fsdecode, getpid = os.path.realpath, os.fsdecode, os.getpid
    here = folder + os.sep
    opened = [0]

    def inside(path):
        if isinstance(path, int):
            return True
        real = realpath(fsdecode(path))
        return real == folder or real.startswith(here) or real == os.devnull

    def refuse(what):
        raise PermissionError(1, what + " is not allowed to this program")

    def audit(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            if not isinstance(flags, int) or not flags & WRITING or path is None:
                return
            if not inside(path):
                refuse("writing outside of its folder")
            opened[0] += 1
            if opened[0] > MOST_FILES:
                refuse("writing more than %d files" % MOST_FILES)
        elif event in SOCKETS or event == "socket.__new__" and arguments[1] in (2, 10):
            refuse("the network")
        elif event in PROCESSES:
            refuse("another process, or a signal to one,")
        elif event.startswith("ctypes."):
            refuse("foreign code")
        elif event in PATHS and not all(inside(path) for path in arguments[: PATHS[event]]):
            refuse("changing files outside of its folder")

    for module in ("ctypes", "_ctypes", "resource"):
        sys.modules[module] = None
    sys.addaudithook(audit)

def no_new_privileges():
    call(libc.prctl, 38, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))

def end_with_parent():
    call(libc.prctl, 1, ctypes.c_ulong(9), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    if os.getppid() != task["parent"]:
        os._exit(1)

if libc:
    attempt("parent's death", end_with_parent)
    attempt("capabilities dropped", no_capabilities)
    attempt("no_new_privs", no_new_privileges)
    attempt("Landlock", landlock)
    attempt("seccomp", seccomp)
elif os.geteuid() != 0:
    attempt("RLIMIT_NPROC", lambda: limited("RLIMIT_NPROC", 0))
attempt("audit hook", hook)

# --- the program ---
def words(error):
    name = type(error).__name__
    try:
        said = str(error)
    except BaseException:
        said = ""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<program>"]
    if isinstance(error, SyntaxError):
        lines.append(error.lineno)
        said = str(error.msg)
    where = " (line %d)" % lines[-1] if lines and lines[-1] else ""
    return (name + (": " + said[:500] if said else "") + where).encode("utf-8", "replace").decode()

report(guards=guards)
error = ""
try:
    # No name: a block for __main__ does not run, as in code_eval.
    exec(compile(task["program"], "<program>", "exec"), {})
except BaseException as thrown:
    try:
        error = words(thrown)
    except BaseException:
        error = "an error that cannot be shown"
try:
    sys.stdout.flush()
    sys.stderr.flush()
except BaseException:
    pass
try:
    report(error=error)
finally:
    os._exit(0)
`;
