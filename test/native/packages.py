"""The most used packages with native code, and a small use of each that must print "ok"."""

packages = {
    "numpy": "import numpy as n; assert n.linalg.inv(n.eye(3)).sum() == 3",
    "pandas": "import pandas as p; assert p.DataFrame({'a': [1, 2]}).a.rolling(2).sum()[1] == 3",
    "scipy": "from scipy import optimize as o; assert abs(o.brentq(lambda x: x * x - 2, 0, 2) - 1.414) < .01",
    "scikit-learn": "from sklearn.linear_model import LinearRegression as L; "
                    "assert L().fit([[0], [1]], [0, 1]).predict([[2]])[0] > 1.9",
    "pillow": "from PIL import Image; import io; b = io.BytesIO(); "
              "Image.new('RGB', (9, 9)).save(b, 'JPEG'); assert Image.open(b).size == (9, 9)",
    "cryptography": "from cryptography.fernet import Fernet as F; f = F(F.generate_key()); "
                    "assert f.decrypt(f.encrypt(b'x')) == b'x'",
    "pydantic-core": "from pydantic_core import SchemaValidator as V; "
                     "assert V({'type': 'int'}).validate_python('3') == 3",
    "pydantic": "import pydantic; M = pydantic.create_model('M', a=(int, 1)); assert M(a='2').a == 2",
    "lxml": "from lxml import etree as e; assert e.XML('<a><b/></a>').xpath('//b')",
    "opencv-python-headless": "import cv2, numpy as n; "
                              "assert cv2.GaussianBlur(n.zeros((9, 9)), (3, 3), 0).shape == (9, 9)",
    "psycopg[binary]": "import psycopg; assert psycopg.pq.__impl__ == 'binary'; "
                       "assert psycopg.conninfo.make_conninfo('dbname=x', user='y')",
    "matplotlib": "import matplotlib as m; m.use('agg'); import matplotlib.pyplot as p, io; "
                  "p.plot([1, 2]); p.savefig(io.BytesIO())",
    "pyarrow": "import pyarrow as a, pyarrow.compute as c; assert c.sum(a.array([1, 2])).as_py() == 3; "
               "import pyarrow.parquet",
    "grpcio": "import grpc; from concurrent import futures; s = grpc.server(futures.ThreadPoolExecutor()); "
              "assert s.add_insecure_port('127.0.0.1:0'); s.start(); s.stop(0)",
    "protobuf": "from google.protobuf import struct_pb2 as s; m = s.Struct(); m['a'] = 1; "
                "assert m.SerializeToString()",
    "polars": "import polars as p; assert p.DataFrame({'a': [1, 2]}).sum()['a'][0] == 3",
    "duckdb": "import duckdb; assert duckdb.sql('select 1 + 1').fetchall() == [(2,)]",
    "orjson": "import orjson; assert orjson.dumps({'a': 1}) == b'{\"a\":1}'",
    "msgpack": "import msgpack; assert msgpack.unpackb(msgpack.packb([1])) == [1]",
    "pyyaml": "import yaml; assert yaml.load('a: 1', yaml.CSafeLoader) == {'a': 1}",
    "regex": "import regex; assert regex.findall(r'\\p{L}', 'aß')",
    "aiohttp": "import aiohttp, asyncio; from aiohttp import web; assert web.Application(); "
               "import multidict._multidict, yarl",
    "uvloop": "import uvloop, asyncio; uvloop.run(asyncio.sleep(0)) if hasattr(uvloop, 'run') else 0",
    "greenlet": "import greenlet as g; assert g.greenlet(lambda: 3).switch() == 3",
    "gevent": "import gevent; gevent.sleep(0)",
    "sqlalchemy": "import sqlalchemy as s; "
                  "assert s.create_engine('sqlite://').connect().execute(s.text('select 1')).scalar()",
    "psutil": "import psutil; assert psutil.Process().memory_info().rss",
    "bcrypt": "import bcrypt; assert bcrypt.checkpw(b'x', bcrypt.hashpw(b'x', bcrypt.gensalt(4)))",
    "pynacl": "import nacl.utils, nacl.secret; assert nacl.secret.SecretBox(nacl.utils.random(32))",
    "cffi": "import cffi; f = cffi.FFI(); f.cdef('int abs(int);'); assert f.dlopen(None).abs(-3) == 3",
    "shapely": "from shapely import Point; assert Point(0, 0).buffer(1).area > 3",
    "h5py": "import h5py, io; f = h5py.File(io.BytesIO(), 'w'); f['a'] = [1, 2]; assert f['a'][1] == 2",
    "numba": "import numba; assert numba.njit(lambda x: x + 1)(2) == 3",
    "tokenizers": "import tokenizers as t; assert t.Tokenizer(t.models.BPE())",
    "safetensors": "import safetensors.numpy as s, numpy as n; assert s.load(s.save({'a': n.eye(2)}))",
    "zstandard": "import zstandard as z; assert z.decompress(z.compress(b'x')) == b'x'",
    "lz4": "import lz4.frame as z; assert z.decompress(z.compress(b'x')) == b'x'",
    "brotli": "import brotli as z; assert z.decompress(z.compress(b'x')) == b'x'",
    "rapidfuzz": "from rapidfuzz import fuzz; assert fuzz.ratio('ab', 'ab') == 100",
    "pyzmq": "import zmq; c = zmq.Context(); s = c.socket(zmq.PUSH); s.bind('inproc://x'); c.destroy(0)",
    "scikit-image": "from skimage import filters, data; import numpy as n; assert filters.sobel(n.eye(9)).any()",
    "statsmodels": "import statsmodels.api as s, numpy as n; "
                   "assert s.OLS([1, 2, 3], s.add_constant([1, 2, 3])).fit().rsquared > .9",
    "lightgbm": "import lightgbm as l, numpy as n; assert l.Dataset(n.eye(3)).construct().num_data() == 3",
    "ruff": "import subprocess, sys, os; p = os.path.join(os.path.dirname(sys.executable), 'ruff'); "
            "assert subprocess.run([p, '--version'], stdout=subprocess.DEVNULL).returncode == 0",
}
