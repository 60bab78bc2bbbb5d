"""Submissions that want points, or what is not theirs.

`ATTEMPTS` are cells; each is run inside a ``try`` that swallows what becomes of it, and after the
audit hook was taken out. Names in braces are filled in: a folder outside with a secret in it, and a
port on which somebody listens.
"""

from nbformat.v4 import new_code_cell, new_markdown_cell
from small_assignment import answer_cell, fill

# Any audit hook that Python code has set is found by what it is.
WITHOUT_HOOK = """
import gc
for each in gc.get_objects():
    if getattr(each, '__qualname__', '').endswith('fence.<locals>.hook'):
        inner = (lambda event, arguments: None).__code__
        each.__code__ = inner.replace(co_freevars=each.__code__.co_freevars)
"""

# Name → cell, words of problems.csv.
ATTEMPTS = {
    "reads a secret": ("open('{folder}/secret').read()", "{folder}/secret is not for notebooks"),
    "lists a folder": ("import os; os.listdir('{folder}')", "{folder} is not for notebooks"),
    "starts from an open folder": (
        "import os; os.open('{folder}/secret'[1:], os.O_RDONLY, dir_fd=os.open('/', os.O_RDONLY))",
        "{folder}/secret is not for notebooks",
    ),
    "reads by native code": (
        "import ctypes; ctypes.CDLL(None).fopen(b'{folder}/secret', b'r')",
        "{folder}/secret is not for notebooks",
    ),
    "attaches a database": (
        "import sqlite3; sqlite3.connect(':memory:').execute('ATTACH \"{folder}/secret\" AS x')",
        "{folder}/secret",
    ),
    "opens a database by its address": (
        "import sqlite3\nfile = sqlite3.connect('file:{folder}/new.db?mode=rwc', uri=True)\n"
        "file.execute('CREATE TABLE x (y)')",
        "not to {folder}/new.db",
    ),
    "writes by HDF5": ("import h5py; h5py.File('{folder}/new.h5', 'w')", "not to {folder}/new.h5"),
    "writes beside it": ("open('{folder}/new', 'w').write('x')", "not to {folder}/new"),
    "renames": ("import os; os.rename('{folder}/secret', '{folder}/gone')", "not {folder}"),
    "removes by native code": (
        "import ctypes; ctypes.CDLL(None).unlink(b'{folder}/secret')",
        "changes only its own folder, not {folder}/secret",
    ),
    "writes into the libraries": (
        "import numpy; open(numpy.__file__, 'a').write('raise SystemExit')",
        "writes only in its own folder",
    ),
    "starts a shell": ("import os; os.system('touch {folder}/new')", "starts no other program"),
    "forks past Python's own report": (
        "import _posixsubprocess, os, sys\nr, w = os.pipe()\n"
        "_posixsubprocess.fork_exec([b'/bin/sh'], [b'/bin/sh'], True, (w,), None, None, -1, -1, "
        "-1, -1, -1, -1, r, w, False, False, -1, None, None, None, -1, None, "
        # up to Python 3.13 there is one more: whether vfork may be taken
        "*[True] * (sys.version_info < (3, 14)))",
        "starts no other program",
    ),
    "multiplies": (
        "import multiprocessing as m\nm.get_context('spawn').Process(target=print).start()",
        "starts no other program",
    ),
    "leaves a session": (
        "import ctypes, os, time\nlibc = ctypes.CDLL(None)\nif libc.fork() == 0:\n    os.setsid()\n"
        "    time.sleep(3)\n    open('{folder}/later', 'w')\n    os._exit(0)",
        "starts no other program",
    ),
    "calls a server of this machine": (
        "import socket; socket.create_connection(('127.0.0.1', {port}), 1)",
        "no connection to 127.0.0.1, port {port}",
    ),
    "sends a datagram": (
        "import socket\nsender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "sender.sendmsg([b'x'], [], 0, ('192.0.2.1', 9))",
        "no connection to 192.0.2.1, port 9",
    ),
    "looks up a name": ("import socket; socket.gethostbyname('example.org')", "no network"),
    "looks into another process": (
        "import ctypes, os; ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)",
        "it called ptrace",
    ),
    "leaves the box": ("import ctypes; ctypes.CDLL(None).unshare(0x10000000)", "it called unshare"),
    "follows a link of its own": (
        "import os; os.symlink('{folder}', 'mine'); open('mine/secret').read()",
        "{folder}/secret is not for notebooks to read",
    ),
    "goes round by its own process": (
        "open('/proc/self/root{folder}/secret').read()",
        "{folder}/secret is not for notebooks to read",
    ),
    "goes back from a link": (
        "import os; os.symlink('/usr/lib', 'lib'); open('lib/../..{folder}/secret').read()",
        "{folder}/secret is not for notebooks to read",
    ),
    "starts from a folder that it went to": (
        "import os; os.chdir('{folder}')",
        "{folder} is not for notebooks to read",
    ),
    # Opened only: where it is open, root's own system would change.
    "sets the system up": (
        "open('/proc/sys/kernel/core_pattern', 'a')",
        "writes only in its own folder, not to /proc/sys/kernel/core_pattern",
    ),
    "calls the host of a virtual machine": (
        "import socket; socket.socket(40, socket.SOCK_STREAM).connect((2, 52))",
        "no network, so no socket of address family 40",
    ),
    "calls a service of this machine": (
        "import socket; socket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
        "no connection to /run/docker.sock",
    ),
    "changes the time of a file": (
        "import ctypes; ctypes.CDLL(None).utimes(b'/usr/bin', None)",
        "changes only its own folder, not /usr/bin",
    ),
    "leaves a key with the user": (
        "import ctypes, platform\nnumber = 248 if platform.machine() == 'x86_64' else 217\n"
        "ctypes.CDLL(None).syscall(number, b'user', b'x', b'y', 1, -4)",
        "it called add_key",
    ),
    "hides one in two hundred": (
        "import socket\nsender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for port in range(1, 201):\n"
        "    try: sender.sendto(b'x', ('192.0.2.1', port))\n    except OSError: pass\n"
        "open('{folder}/secret').read()",
        "{folder}/secret is not for notebooks to read",
    ),
    "imports the solutions": (
        "import coursekit.teach.references.assignment1 as found\nprint('solutions:', found)",
        None,
    ),
}


def attempts(blank, names):
    """A right submission that also tries everything."""
    fill(blank)
    cells = [new_code_cell(WITHOUT_HOOK)]
    for code, _ in ATTEMPTS.values():
        lines = code.format(**names).splitlines()
        inside = "\n".join(f"    {line}" for line in lines)
        cells.append(new_code_cell(f"try:\n{inside}\nexcept BaseException:\n    pass"))
    blank.cells[2:2] = cells
    return blank


WRONG = {"luma": "0 * rgb", "normalised": "0 * weights"}


# Each gives wrong answers and wants points for them.


def drops_lines_of_tests(blank):
    """An input transformer lets no line of a test reach the kernel."""
    fill(blank, **WRONG).cells.insert(
        2,
        new_code_cell(
            "ip = get_ipython()\nip.input_transformers_cleanup.append(lambda lines: "
            "[line for line in lines if 'assert' not in line])"
        ),
    )
    return blank, "changes how the kernel reads cells"


def patches_what_tests_use(blank):
    """Builtins, NumPy, the checks and the kernel itself say that all is well."""
    fill(blank, **WRONG).cells.insert(
        2,
        new_code_cell(
            "import builtins, coursekit.lesson.checks as checks\n"
            "np.allclose = np.isclose = lambda *a, **k: True\n"
            "builtins.AssertionError = type('Fine', (Exception,), {})\n"
            "builtins.abs = lambda *a: 0\n"
            "checks.require = checks.check = lambda *a, **k: None\n"
            "get_ipython().run_cell = lambda *a, **k: None"
        ),
    )
    return blank, "changes Python's builtins"


EQUAL = """class Right:
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __float__(self): return 1.0
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __le__ = __ge__ = __eq__
    __sub__ = __rsub__ = __abs__ = __matmul__ = __rmatmul__ = __getitem__ = __call__
    __array_ufunc__ = __array_function__ = lambda self, *a, **k: True
    __hash__ = object.__hash__
luma = normalised = Right()"""


def equals_everything(blank):
    """The answer is an object that says that it is right."""
    fill(blank)
    for name in ("a0-1-answer", "a0-2-answer"):
        answer_cell(blank, name).source = EQUAL
    return blank, None


def speaks_for_the_box(blank):
    """Messages of its own on the way to the judge: verdicts and nonsense."""
    fill(blank, **WRONG).cells.insert(
        2,
        new_code_cell(
            "import gc, struct\nfrom coursekit.teach.inside.wire import Peer\n"
            "peers = [each for each in gc.get_objects() if isinstance(each, Peer)]\n"
            "peers[0]._send({'answer': {'value': 40.0, 'changed': {}}})"
        ),
    )
    return blank, None


def passes_on_what_it_was_given(blank):
    """Says that it is done before the tests, in the hope that nobody asks again."""
    fill(blank, **WRONG).cells.insert(2, new_code_cell("print('a0-1-tests 40 of 40')\nexit()"))
    return blank, None


def renames_and_edits_what_is_locked(blank):
    """Metadata says that answers are tests, tests are worth more, and all is said to be solved."""
    fill(blank, **WRONG)
    graded = [cell for cell in blank.cells if "nbgrader" in cell.metadata]
    names = [cell.metadata.nbgrader.grade_id for cell in graded]
    for cell, name in zip(graded, names[1:] + names[:1], strict=True):
        cell.metadata.nbgrader |= {"grade_id": name, "points": 1000, "locked": False}
        cell.id = name
        if cell.source.startswith(("white", "prior")):
            cell.source = "1000"
    blank.cells += [new_code_cell("1000", metadata=graded[1].metadata)]
    blank.metadata.kernelspec = {"name": "bash", "display_name": "Bash", "language": "bash"}
    return blank, "a0-1-tests, a0-2-tests: missing; put back"


def hooks_everything(blank):
    """Looks for tests as they are read, and gets between the kernel and whatever it calls."""
    fill(blank, **WRONG).cells.insert(
        2,
        new_code_cell(
            "import atexit, gc, os, signal, sys\n"
            "seen = [each for each in gc.get_objects() if 'secret_green' in str(each)[:10_000]]\n"
            "class Finder:\n"
            "    def find_spec(name, path, target=None): return None\n"
            "sys.meta_path.insert(0, Finder)\n"
            "sys.settrace(lambda frame, event, value: None)\n"
            "ip = get_ipython()\n"
            "ip.display_pub.publish = ip.events.trigger = lambda *a, **k: None\n"
            "atexit.register(os._exit, 0)\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "os.makedirs('.ipython/profile_default/startup')\n"
            "for name in ('numpy', 'sitecustomize', '.ipython/profile_default/startup/0'):\n"
            "    open(name + '.py', 'w').write('raise SystemExit')"
        ),
    )
    return blank, None


def says_that_nothing_was_tried(blank):
    """The kernel's own words are forged; what the system saw is not."""
    fill(blank, **WRONG)
    blank.cells[2:2] = [
        new_code_cell(WITHOUT_HOOK),
        new_code_cell(
            "from coursekit.teach.inside.wire import Peer\n"
            "agent = next(each for each in gc.get_objects() if isinstance(each, Peer))\n"
            "agent.do_refused = lambda: []\n"
            "agent.do_cell = lambda source: dict(outputs=[], number=1, dropped=0, changed=[])\n"
            "agent.do_name = lambda name: lambda *a: 255.0\n"
            "try: open('{folder}/secret').read()\nexcept OSError: pass"
        ),
    ]
    return blank, "is not for notebooks to read"


CHEATS = (
    drops_lines_of_tests,
    patches_what_tests_use,
    equals_everything,
    speaks_for_the_box,
    passes_on_what_it_was_given,
    renames_and_edits_what_is_locked,
    hooks_everything,
    says_that_nothing_was_tried,
)


def floods(blank):
    """Output without an end, and a page that shows other things than it should."""
    fill(blank)
    blank.cells[2:2] = [
        new_code_cell("line = 'x' * 100_000\nfor _ in range(2000): print(line)"),
        new_code_cell(
            "from IPython.display import HTML, Javascript, display\n"
            'display(HTML(\'<script>evil()</script><div style="position:fixed;top:0">100 of 100'
            "</div><img src=x onerror=evil()><b>a table</b>'))\ndisplay(Javascript('evil()'))\n"
            "display({'image/png': 'AAAA\"><script>evil()</script>'}, raw=True)\n"
            "display({'image/svg+xml': '<svg onload=evil()></svg>'}, raw=True)"
        ),
        new_markdown_cell(
            '<script>evil()</script> <a href="javascript:evil()">here</a>\n\n*Mine.*'
        ),
    ]
    return blank


def honest(blank):
    """What honest work does, and what libraries do unasked."""
    fill(blank)
    blank.cells[2:2] = [
        new_code_cell(
            "import os, pathlib, sqlite3, tempfile, platform, threading\n"
            "pathlib.Path('mine.txt').write_text('x')\nos.makedirs('a/b')\n"
            "os.rename('mine.txt', 'a/b/yours.txt')\ntempfile.NamedTemporaryFile().close()\n"
            "sqlite3.connect('own.db').execute('CREATE TABLE x (y)')\nplatform.python_version()\n"
            "thread = threading.Thread(target=print, args=('from a thread',))\n"
            "thread.start(); thread.join()\nopen(np.__file__).read()"
        ),
        new_code_cell(
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
            "import h5py, requests, scipy.stats, skimage.color"
        ),
    ]
    return blank
