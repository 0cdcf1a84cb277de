"""What well-known library calls do besides returning a value: draw at random, seed, change an argument, touch files."""

from __future__ import annotations

import ast
import builtins
import re

RANDOM, NUMPY, TORCH = "@random", "@numpy", "@torch"
"""The global random generators, as names that a statement may load, change or bind (seed)."""

GENERATORS = frozenset({RANDOM, NUMPY, TORCH})

IMPORTS = "@imports"
"""Where modules are found: `sys.path`, the working directory, environment variables."""

FILES = "@files"
"""What lies in the file system."""

_SEEDS = {
    "random.seed": (RANDOM,),
    "random.setstate": (RANDOM,),
    "numpy.random.seed": (NUMPY,),
    "numpy.random.set_state": (NUMPY,),
    "torch.manual_seed": (TORCH,),
    "torch.seed": (TORCH,),
    "torch.random.manual_seed": (TORCH,),
    "torch.set_rng_state": (TORCH,),
    "torch.random.set_rng_state": (TORCH,),
    "lightning.seed_everything": (RANDOM, NUMPY, TORCH),
    "pytorch_lightning.seed_everything": (RANDOM, NUMPY, TORCH),
    "transformers.set_seed": (RANDOM, NUMPY, TORCH),
}

_DRAWS = (
    (re.compile(r"random\.[a-z]\w*"), RANDOM),
    (re.compile(r"numpy\.random\.(?!default_rng$|get_state$|mtrand$|bit_generator$)[a-z]\w*"), NUMPY),
    (re.compile(r"scipy\.stats\.\w+\.rvs"), NUMPY),
    (re.compile(r"sklearn\.(model_selection\.train_test_split|datasets\.make_\w+|utils\.(shuffle|resample))"), NUMPY),
    (re.compile(r"torch\.(rand|randn|randint|randperm|normal|bernoulli|multinomial|poisson)(_like)?"), TORCH),
    (re.compile(r"torch\.nn\.(functional\.)?(alpha_|feature_alpha_)?dropout\w*"), TORCH),
    (re.compile(r"torch\.nn\.(Lazy)?(Linear|Bilinear|Conv|Embedding|RNN|LSTM|GRU|Transformer|Multihead)\w*"), TORCH),
    (re.compile(r"torch\.nn\.init\.(?!constant_|zeros_|ones_|eye_|dirac_|calculate)\w+"), TORCH),
    (re.compile(r"torch\.distributions\.\w+\.\w*sample"), TORCH),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TENSOR_DRAWS = _words(
    "normal_ uniform_ random_ bernoulli_ bernoulli exponential_ cauchy_ log_normal_ geometric_ multinomial "
    "reset_parameters rsample"
)

_UNSEEDED = _words(
    "numpy.random.default_rng numpy.random.RandomState numpy.random.SeedSequence numpy.random.PCG64 "
    "numpy.random.PCG64DXSM numpy.random.MT19937 numpy.random.Philox numpy.random.SFC64 random.Random"
)

_CLOCKS = re.compile(r"os\.urandom|secrets\.\w+|random\.SystemRandom|uuid\.uuid[14]|numpy\.random\.get_state")

_GIVEN_GENERATOR = frozenset({"generator", "random_state", "rng", "seed"})

_SHOWS = re.compile(
    r"(matplotlib|IPython|seaborn|plotly|bokeh|altair|pprint|logging|tqdm|ipywidgets|tabulate|rich|time|timeit)\b.*"
)

_SHOWING_NAME = re.compile(r"_?(show|plot|display|print|draw|explore|summary|help|check|assert|test|visuali[sz]e)\w*")

_SETTERS = re.compile(
    r"(set|use|enable|disable|configure|config|filter|simplefilter|reset)"
    r"(_\w+|[A-Z]\w*|err|errcall|warnings|options?|printoptions|locale|rcparams)?"
)

_REGISTERS = re.compile(r"(register|update|insert|append|extend|add|init|patch|install)(_\w+)?")

_PLACES = re.compile(r"sys\.(path|modules|meta_path)\b.*|os\.(chdir|environ\b.*|putenv)|site\..*|importlib\..*")

_CHANGES_ARGUMENT = _words(
    "shuffle heappush heappop heapify heapreplace heappushpop insort insort_left insort_right fill_diagonal put place "
    "copyto putmask put_along_axis clip_grad_norm_ clip_grad_value_ vector_to_parameters setattr delattr next "
    "exec"
)

MUTATORS = _words(
    "append appendleft extend extendleft insert pop popitem popleft remove clear update setdefault add discard sort "
    "reverse rotate write writelines writerow read readline readlines seek send step backward zero_grad fit "
    "fit_transform partial_fit train eval load_state_dict register_buffer register_parameter add_module "
    "register_forward_hook next __next__ __setitem__ increment push enqueue dequeue resize fill itemset setflags "
    "partition shuffle seed manual_seed jumped spawn normal integers random choice choices permutation permuted "
    "uniform standard_normal rand randn randint sample random_sample binomial poisson exponential gauss "
    "normalvariate multivariate_normal gamma beta dirichlet bytes"
)
"""Methods that change the object they are called on, generators of random numbers included."""

VIEWS = _words(
    "iter zip enumerate reversed map filter view reshape ravel asarray asanyarray atleast_1d atleast_2d from_numpy "
    "as_tensor transpose swapaxes squeeze unsqueeze expand flatten detach numpy diagonal parameters named_parameters "
    "children modules items values keys get next select narrow chunk split unbind T"
)
"""Calls whose result may share memory with what they are given."""

_READS = _words(
    "open load loads loadtxt genfromtxt fromfile memmap read_csv read_json read_excel read_table read_parquet "
    "read_text read_bytes imread safe_load exists is_file is_dir listdir glob iterdir"
)

_WRITES = _words(
    "open save savez savez_compressed savetxt tofile to_csv to_json to_excel to_parquet dump write_text write_bytes "
    "urlretrieve makedirs mkdir unlink rename copy2 copyfile copytree move rmtree extractall touch chdir"
)


def seeded_by(path: str | None) -> tuple[str, ...]:
    """The global generators that a call of the function with this dotted name seeds."""
    return _SEEDS.get(path or "", ())


def drawn_by(path: str | None, method: str, call: ast.Call) -> str | None:
    """The global generator that a call draws from, if any."""
    if any(keyword.arg in _GIVEN_GENERATOR for keyword in call.keywords):
        return None
    if path is None:
        return TORCH if method in _TENSOR_DRAWS else None
    if path in _SEEDS:
        return None
    return next((generator for pattern, generator in _DRAWS if pattern.fullmatch(path)), None)


def is_unseeded(path: str | None, call: ast.Call) -> bool:
    """Whether a call takes random numbers from where no seed reaches, or makes a generator without one."""
    if path is None:
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    bare = not any(not (isinstance(value, ast.Constant) and value.value is None) for value in given)
    return bool(_CLOCKS.fullmatch(path)) or (path in _UNSEEDED and bare)


def generators_given(call: ast.Call) -> list[ast.expr]:
    """The generators that a call is handed by keyword, and so advances."""
    return [keyword.value for keyword in call.keywords if keyword.arg in _GIVEN_GENERATOR]


def changes_first_argument(name: str) -> bool:
    """Whether a function of this name is known to change the argument that it is given."""
    return name in _CHANGES_ARGUMENT or (name.endswith("_") and not name.endswith("__"))


def only_shows(path: str | None, name: str) -> bool:
    """Whether a call is there to show something: it leaves its arguments as they are."""
    if path is None and name in vars(builtins):
        return name not in _CHANGES_ARGUMENT
    return bool(_SHOWS.fullmatch(path or "") or _SHOWING_NAME.fullmatch(name))


def sets_module(path: str, discarded: bool = True) -> str | None:
    """The resource that a call on a module changes, where it stands as a statement: where modules are found, or that
    package's own settings. `np.append` gives a value and changes nothing, unless that value is `discarded`."""
    if _PLACES.fullmatch(path):
        return IMPORTS
    name = path.rsplit(".", 1)[-1]
    changes = _SETTERS.fullmatch(name) or (discarded and _REGISTERS.fullmatch(name))
    return settings_of(path) if changes else None


def settings_of(path: str) -> str:
    """The name under which a package's settings are tracked."""
    return f"@{path.split('.')[0]}-settings"


def reads_files(name: str) -> bool:
    """Whether a call of this name may read a file."""
    return name in _READS


def writes_files(name: str, call: ast.Call) -> bool:
    """Whether a call of this name may change a file."""
    if name == "open":
        modes = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")]
        return any(not (isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+")) for mode in modes)
    return name in _WRITES
