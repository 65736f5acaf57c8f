"""Names of packages that many projects use: what a look-alike is like. Pure data.

A name here is never reported itself, so neighbours that are both real ("color", "colors") stand here both.
"""

from collections.abc import Mapping

NPM = """
accepts acorn ajv angular ansi-regex ansi-styles antd apollo-server archiver argparse async autoprefixer axios
babel-core babel-eslint babel-jest babel-loader bcrypt bcryptjs better-sqlite3 bluebird body-parser bootstrap
browserify bull bullmq busboy bunyan camelcase cassandra-driver chai chalk cheerio chokidar classnames cli-table
cli-table3 cloudinary color colors commander compression concurrently config connect cookie cookie-parser cookies
core-js cors cron cross-env cross-fetch cross-spawn crypto-js css-loader csurf cypress date-fns dayjs debug
deepmerge discord.js docker-compose dotenv ejs electron electron-builder enzyme esbuild eslint
eslint-config-prettier eslint-plugin-import eslint-plugin-react execa express express-session express-validator
fast-glob fastify figlet file-loader firebase firebase-admin follow-redirects form-data formik fs-extra gatsby glob
got graphql graphql-tag graphql-tools grunt gulp handlebars helmet highlight.js history html-webpack-plugin
http-proxy http-proxy-middleware husky i18next immer immutable inquirer ioredis jest jose joi jquery jsdom json5
jsonschema jsonwebtoken karma kleur knex koa koa-router lerna less leven levelup lint-staged lodash lodash-es luxon
mariadb marked material-ui meow micromatch minimatch minimist mkdirp mobx mocha moment moment-timezone mongodb
mongoose morgan multer mysql mysql2 nanoid nest next next-auth nock node-fetch node-forge node-sass nodemailer
nodemon normalize.css npm nunjucks nx ora parcel passport passport-jwt passport-local path-to-regexp pg pino
playwright pnpm postcss postcss-loader preact prettier prisma process prom-client prompts prop-types protobufjs pug
puppeteer qs query-string ramda react react-dom react-hook-form react-native react-redux react-router
react-router-dom react-scripts redis redux redux-saga redux-thunk reflect-metadata regenerator-runtime request
requestify rimraf rollup rxjs sass sass-loader semver sequelize serverless sharp shelljs shortid sinon socket.io
socket.io-client source-map sqlite3 storybook stripe style-loader styled-components superagent supertest svelte
swagger-ui-express tailwindcss terser three through2 ts-jest ts-loader ts-node tslib tsx turbo twilio typeorm
typescript uglify-js underscore undici url-loader uuid validator vite vitest vue vue-router vuex web3 webpack
webpack-cli webpack-dev-server winston ws xml2js yargs yup zod zustand
"""
PYPI = """
aiobotocore aiofiles aiohttp alembic amqp anthropic anyio apache-airflow apscheduler argcomplete arrow asgiref
asyncpg attrs authlib azure-core azure-identity babel backoff bcrypt beautifulsoup4 black bleach blinker bokeh boto
boto3 botocore bottle build cachetools celery certifi cffi chardet charset-normalizer click cloudpickle colorama
coverage cryptography cython dask datasets decorator deprecated distlib django django-cors-headers django-filter
djangorestframework docker docutils elasticsearch email-validator factory-boy faker fastapi filelock flake8 flask
flask-cors flask-login flask-sqlalchemy fsspec future gevent gitpython google-api-core google-auth
google-cloud-storage greenlet grpcio gunicorn h11 httpcore httplib2 httpx huggingface-hub hypothesis idna
importlib-metadata invoke ipykernel ipython isort itsdangerous jinja2 jmespath joblib jsonpatch jsonschema jupyter
jupyterlab jwcrypto kafka-python keras keyring kombu kubernetes langchain lightgbm llama-index loguru lxml mako
markdown markupsafe marshmallow matplotlib mccabe mistune mock more-itertools moto msgpack multidict mypy
mypy-extensions mysqlclient nbconvert networkx nltk nose notebook numpy oauthlib openai opencv-python openpyxl
orjson packaging pandas pandas-stubs paramiko pathspec peewee pillow pip pip-tools plotly pluggy poetry polars
prettytable prometheus-client prompt-toolkit protobuf psutil psycopg psycopg2 psycopg2-binary py pyarrow pyasn1
pycparser pycryptodome pycryptodomex pydantic pydantic-core pydantic-settings pyflakes pygments pyjwt pylint pymongo
pymysql pynacl pyopenssl pyparsing pyramid pyserial pyspark pytest pytest-asyncio pytest-cov pytest-django
pytest-mock pytest-xdist python-dateutil python-dotenv python-jose python-multipart pytz pywin32 pyyaml pyzmq redis
regex requests requests-oauthlib requests-mock rich rq rsa ruamel-yaml ruff s3transfer scikit-image scikit-learn
scipy scrapy seaborn selenium sentry-sdk setuptools simplejson six sniffio snowflake-connector-python soupsieve
sphinx sqlalchemy sqlmodel sqlparse starlette statsmodels stripe structlog sympy tabulate tenacity tensorflow
termcolor textual tokenizers toml tomli torch torchvision tornado tox tqdm traitlets transformers trio twilio twine
typer types-requests typing-extensions tzdata tzlocal ujson urllib3 uvicorn uvloop virtualenv watchdog watchfiles
wcwidth websocket-client websockets werkzeug wheel wrapt xgboost xmltodict yarl zipp
"""
CRATES = """
actix-web ahash anyhow arrayvec async-trait axum base64 bincode bitflags bytes cargo cc cfg-if chrono clap crossbeam
crossbeam-channel csv dashmap diesel env-logger env_logger fastrand flate2 futures getrandom glob h2 hashbrown hex
http hyper image indexmap indicatif itertools itoa jsonwebtoken lazy-static lazy_static libc log memchr mio ndarray
nom num-bigint num-traits once-cell once_cell openssl parking-lot parking_lot pest petgraph pin-project proc-macro2
proptest prost quick-xml quote rand rand-core rayon regex reqwest ring rocket rusqlite rust-decimal rustc-hash
rustls ryu semver serde serde-derive serde-json serde-yaml serde_derive serde_json serde_yaml serde-toml sha1 sha2
smallvec socket2 sqlx structopt syn tempfile thiserror time tokio tokio-stream tokio-util toml tonic tower tracing
tracing-subscriber typenum unicode-width url uuid walkdir wasm-bindgen winapi zeroize
"""
GEMS = """
actionpack activerecord activesupport addressable aws-sdk-s3 bcrypt bootsnap brakeman bundler byebug capistrano
capybara carrierwave concurrent-ruby cucumber dalli delayed_job devise dotenv factory_bot faker faraday ffi graphql
haml httparty i18n importmap-rails jbuilder jekyll json jwt kaminari listen mail mime-types minitest mysql2 net-ssh
nokogiri octokit oj omniauth paperclip pg pry pry-byebug puma pundit rack rack-cors rails railties rake redcarpet
redis resque rest-client rspec rspec-core rspec-rails rubocop ruby-progressbar sass sassc selenium-webdriver sidekiq
simplecov sinatra slim spring sprockets sqlite3 stimulus-rails stripe thor turbo-rails tzinfo uglifier unicorn vcr
webmock webpacker will_paginate zeitwerk
"""
# npm packages whose install scripts compile or fetch their own binary.
OWN_BINARY = """
@parcel/watcher @prisma/client @prisma/engines @sentry/cli @swc/core argon2 bcrypt better-sqlite3 bufferutil canvas
core-js cpu-features cypress electron esbuild fsevents husky keytar leveldown msgpackr-extract msw nodejs-argon2
node-sass nx prisma protobufjs puppeteer re2 sharp sqlite3 ssh2 unrs-resolver utf-8-validate vue-demi workerd
"""

WELL_KNOWN: Mapping[str, frozenset[str]] = {
    "npm": frozenset(NPM.split()),
    "pypi": frozenset(PYPI.split()),
    "crates": frozenset(CRATES.replace("_", "-").split()),
    "gems": frozenset(GEMS.split()),
}
WITH_INSTALL_SCRIPT = frozenset(OWN_BINARY.split())
