#pragma once
// The Python side of a build: one call of one hook (PEP 517), given as JSON on standard input, with
// its result in a file that only this build knows.
//
// Three processes: the supervisor sets up what isolation the system allows (a process namespace,
// so that the kernel ends everything at the end, one without network, and one where all but the
// source and the build's own directory is read-only) and keeps the time; the init of that namespace
// reaps; the hook runs in the third. Where namespaces are not allowed, the supervisor is the reaper
// of orphans and ends what is left. A hook that leaves processes behind which do not end soon has
// failed: they could change what was checked.

namespace pawl::install {

constexpr int build_exit_no_isolation = 120; ///< begin again without it
constexpr int build_exit_timeout = 124;
constexpr int build_exit_left_processes = 125;

constexpr const char* build_script = R"python(
import json, os, signal, sys, time
request = json.loads(sys.stdin.buffer.read().decode("utf-8", "surrogateescape"))
null = os.open(os.devnull, os.O_RDWR)
os.dup2(null, 0)

MS_BIND, MS_REC, MS_PRIVATE, RDONLY = 4096, 16384, 1 << 18, 1

def close_files(libc):
    """Only the source and the work directory can be written to; /tmp and /dev/shm are private."""
    import ctypes
    def mount(source, target, kind, flags):
        if libc.mount(os.fsencode(source), os.fsencode(target), kind, flags, None) != 0:
            raise OSError()
    def set_attributes(path, flags, on, off):  # mount_setattr, since Linux 5.12
        words = (ctypes.c_uint64 * 4)(on, off, 0, 0)
        if libc.syscall(442, -100, os.fsencode(path), flags, words, 32) != 0:
            raise OSError()
    needed = [os.path.realpath(path) for path in
              request["writable"] + request["backend_path"] + [sys.prefix, sys.base_prefix]]
    try:
        mount("none", "/", None, MS_REC | MS_PRIVATE)
        for path in request["writable"]:
            mount(path, path, None, MS_BIND | MS_REC)
        os.chdir(os.getcwd())  # into what was just mounted over it
        set_attributes("/", 0x8000, RDONLY, 0)  # AT_RECURSIVE
        for path in request["writable"]:
            set_attributes(path, 0, 0, RDONLY)
        for path in ("/tmp", "/var/tmp", "/dev/shm"):
            if not any(one.startswith(path + "/") for one in needed):
                mount(request["temporary"], path, None, MS_BIND)
                set_attributes(path, 0, 0, RDONLY)
    except (OSError, AttributeError):
        pass  # as far as the system lets us

def isolate():
    """True when children are in a process namespace of their own."""
    try:
        import ctypes
        libc = ctypes.CDLL(None)
        libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    except Exception:
        return False
    if not request["isolate"]:
        return False
    flags = 0x20020000 | (0 if request["network"] else 0x40000000)  # NEWPID, NEWNS, NEWNET
    uid, gid = os.getuid(), os.getgid()
    if uid == 0 and libc.unshare(flags) == 0:
        close_files(libc)
        return True
    if libc.unshare(flags | 0x10000000) != 0:  # NEWUSER
        return False
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (uid, uid)),
                           ("gid_map", "%d %d 1" % (gid, gid))):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    except OSError:
        os._exit(120)
    close_files(libc)
    return True

def call():
    sys.path[:0] = request["backend_path"]
    import importlib
    module, _, attributes = request["backend"].partition(":")
    backend = importlib.import_module(module)
    inside = [os.path.realpath(path) + os.sep for path in request["backend_path"]]
    where = os.path.realpath(getattr(backend, "__file__", None) or "")
    if inside and not any(where.startswith(path) for path in inside):
        return {"error": "the backend " + module + " is not in backend-path"}
    for name in attributes.split(".") if attributes else []:
        backend = getattr(backend, name)
    hook = getattr(backend, request["hook"], None)
    if hook is None:
        return {"missing": True}
    return {"value": hook(*request["arguments"])}

def run_hook():
    sys.argv = ["setup.py"]
    try:
        answer = call()
        text = json.dumps(answer)
    except BaseException as error:
        import traceback
        traceback.print_exc()
        answer = {"error": type(error).__name__ + ": " + str(error)[:500]}
        text = json.dumps(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    aside = request["result"] + ".new"
    with open(aside, "w") as file:
        file.write(text)
    os.replace(aside, request["result"])
    os._exit(0)

def wait_for(wanted):
    while True:
        pid, status = os.wait()
        if pid == wanted:
            return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

def left_behind():
    """Whether processes of the hook's are still there some time after it has ended."""
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return False
        time.sleep(0.005)
    return True

def init():
    child = os.fork()
    if child == 0:
        run_hook()
    status = wait_for(child)
    os._exit(125 if left_behind() else status)

def children():
    me = str(os.getpid())
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/" + name + "/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[1] == me and fields[0] != "Z":
                yield int(name)

def end_all():
    """What is left becomes our child when its parent dies; no more than some seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        left = list(children())
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        if left:
            time.sleep(0.01)

class TimeIsUp(Exception):
    pass

def alarm(number, frame):
    raise TimeIsUp()

has_namespace = isolate()
signal.signal(signal.SIGALRM, alarm)
signal.setitimer(signal.ITIMER_REAL, request["seconds"])
child = os.fork()
if child == 0:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    init() if has_namespace else run_hook()
try:
    status = wait_for(child)
    signal.setitimer(signal.ITIMER_REAL, 0)
    if not has_namespace and left_behind():
        status = 125
except TimeIsUp:
    status = 124
    os.kill(child, signal.SIGKILL)
end_all()
os._exit(status)
)python";

} // namespace pawl::install
