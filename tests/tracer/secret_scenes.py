"""Secrets where agent programs meet them: commands, headers, configuration, logs, code, replies.

Written without a look at the patterns. Every other scene (`KEPT`) was never looked at while they
were mended; look-alikes have to stay as they are.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Iterator
from random import Random

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"
B64 = ALNUM + "+/"


def some(r: Random, alphabet: str, length: int) -> str:
    return "".join(r.choices(alphabet, k=length))


def word(r: Random) -> str:
    """A password as people choose them."""
    stem = r.choice(("Winter", "letmein", "Monkey", "s3cr3t", "Passw0rd", "tiger", "Qwert"))
    return f"{stem}{r.randint(10, 99999)}{r.choice(('!', '$', '', '_x'))}"


def strong(r: Random) -> str:
    """A password as managers make them."""
    return some(r, ALNUM + "_-", 20) + str(r.randint(0, 9))


def token(r: Random) -> str:
    return some(r, ALNUM, 31) + str(r.randint(0, 9))


def hexes(r: Random) -> str:
    return some(r, HEX, 40)


def based(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def pair(r: Random) -> str:
    """User and password as HTTP's basic authorization has them."""
    return based(f"deploy:{strong(r)}")


Make = Callable[[Random], str]
#: what it is, how the secret is made, where it stands (`@` is the secret)
SCENES: tuple[tuple[str, Make, str], ...] = (
    # commands
    ("curl -u", strong, "curl -u admin:@ https://api.example.com/v1/users"),
    ("curl --user", word, 'curl -s --user "bob:@" -X POST https://ci.example.com/job/x/build'),
    ("curl -u, joined", strong, "curl -sSL -uadmin:@ http://localhost:9200/_cat/indices"),
    ("wget", word, "wget --user=bob --password=@ https://files.example.com/a.zip"),
    ("wget http", word, "wget --http-user bob --http-password '@' https://files.example.com/a"),
    ("mysql -p", word, "mysql -h db -u root -p@ shop < dump.sql"),
    ("mysqldump", strong, "mysqldump --single-transaction -uroot -p@ shop > dump.sql"),
    ("mysql --password", word, "mysql --user=root --password=@ -e 'show tables'"),
    ("psql", strong, "PGPASSWORD=@ psql -h db.internal -U app -c 'select 1'"),
    ("psql url", strong, "psql 'postgres://app:@@db.internal:5432/shop?sslmode=require'"),
    ("redis-cli", token, "redis-cli -h cache.internal -a @ ping"),
    ("mongo", word, "mongosh --host db --username root --password @ --eval 'db.stats()'"),
    ("sshpass", word, "sshpass -p '@' ssh deploy@10.0.0.7 uptime"),
    ("docker login", token, "docker login -u bob -p @ registry.example.com"),
    ("docker -e", token, "docker run --rm -e STRIPE_API_KEY=@ -p 80:80 shop:latest"),
    ("kubectl", token, "kubectl create secret generic db --from-literal=password=@"),
    ("helm", strong, "helm upgrade shop ./chart --set auth.rootPassword=@,replicas=2"),
    ("az", strong, "az login --service-principal -u app-id -p @ --tenant t"),
    ("aws", lambda r: some(r, B64, 39) + "7", "aws configure set aws_secret_access_key @"),
    ("openssl", word, "openssl enc -aes-256-cbc -pass pass:@ -in a -out b"),
    ("zip", word, "7z x backup.7z -p@ -o/tmp/out"),
    ("ansible", word, "ansible-playbook site.yml -e ansible_become_pass=@"),
    ("net use", word, r"net use Z: \\files\share /user:CORP\bob @"),
    ("ldapsearch", word, "ldapsearch -x -D cn=admin,dc=example,dc=com -w @ -b dc=example"),
    ("smbclient", word, "smbclient //files/share -U 'bob%@' -c ls"),
    ("git", token, "git clone https://x-access-token:@@github.com/acme/shop.git"),
    ("git remote", hexes, "origin\thttps://@@github.com/acme/shop.git (fetch)"),
    ("twine", token, "twine upload -u __token__ -p @ dist/*"),
    ("gh", token, "echo @ | gh auth login --with-token"),
    ("heroku", lambda r: some(r, HEX, 36), "heroku config:set SECRET_KEY_BASE=@ -a shop"),
    ("vault", token, "vault login token=@"),
    ("htpasswd", word, "htpasswd -b /etc/nginx/.htpasswd bob @"),
    ("useradd", word, "echo 'bob:@' | chpasswd"),
    ("rabbit", word, "rabbitmqctl add_user app @"),
    ("nmcli", word, "nmcli dev wifi connect Office password @"),
    # HTTP
    ("basic", pair, "Authorization: Basic @\r\nAccept: */*"),
    ("basic json", pair, '{"headers": {"Authorization": "Basic @"}}'),
    ("bearer", token, "authorization: Bearer @\ncontent-type: application/json"),
    ("token scheme", hexes, "Authorization: Token @"),
    ("no scheme", token, '{"Authorization": "@", "Accept": "application/json"}'),
    ("digest", hexes, 'Authorization: Digest username="bob", realm="x", response="@"'),
    ("aws4", lambda r: some(r, HEX, 64), "AWS4-HMAC-SHA256 Credential=A/2024/us/s3, Signature=@"),
    ("set-cookie", token, "Set-Cookie: session=@; Path=/; HttpOnly; Secure"),
    ("set-cookie json", token, '{"set-cookie": "sid=@; Max-Age=3600; SameSite=Lax"}'),
    ("cookie", token, "Cookie: theme=dark; PHPSESSID=@; lang=en"),
    ("cookie python", hexes, "requests.get(url, cookies={'sessionid': '@'})"),
    ("cookie curl", token, "curl -b 'connect.sid=@' https://shop.example.com/cart"),
    ("x-api-key", token, "GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Api-Key: @\r\n"),
    ("x-auth", token, "X-Auth-Token: @"),
    ("csrf", token, '{"X-CSRF-Token": "@"}'),
    ("private-token", token, "curl --header 'PRIVATE-TOKEN: @' https://gitlab.example.com/api/v4"),
    ("query key", token, "GET https://maps.example.com/geo?address=Bonn&key=@&lang=de"),
    ("query token", hexes, "https://hooks.example.com/in?access_token=@"),
    ("query code", token, "https://app.example.com/cb?code=@&state=xyz"),
    ("sas", lambda r: some(r, B64, 43) + "%3D", "https://a.blob.core.windows.net/c/f?sv=1&sig=@"),
    ("reset link", token, "Reset it here: https://app.example.com/reset?token=@"),
    ("oauth answer", token, '{"access_token":"@","token_type":"Bearer","expires_in":3600}'),
    ("oauth form", token, "grant_type=refresh_token&refresh_token=@&client_id=web"),
    ("login form", word, "username=bob&password=@&remember=1"),
    # files
    ("netrc", word, "machine api.example.com\n  login bob\n  password @\n"),
    ("netrc, one line", token, "machine github.com login bob password @"),
    ("docker config", pair, '{"auths": {"registry.example.com": {"auth": "@"}}}'),
    ("docker token", token, '{"auths": {"https://index.docker.io/v1/": {"identitytoken": "@"}}}'),
    ("npmrc", token, "//npm.example.com/:_authToken=@"),
    ("npmrc auth", pair, "//npm.example.com/:_auth=@\nalways-auth=true"),
    ("pypirc", token, "[pypi]\nusername = __token__\npassword = @\n"),
    ("pip.conf", token, "[global]\nindex-url = https://bob:@@pypi.example.com/simple"),
    ("aws file", lambda r: some(r, B64, 39) + "3", "[default]\naws_secret_access_key = @\n"),
    ("aws session", lambda r: some(r, B64, 199) + "3", "aws_session_token = @"),
    ("gcp key", hexes, '{"type": "service_account", "private_key_id": "@"}'),
    ("kubeconfig", token, "users:\n- name: admin\n  user:\n    token: @\n"),
    ("kube data", lambda r: based(strong(r)), "kind: Secret\ndata:\n  password: @\n"),
    ("kube key", lambda r: some(r, B64, 200), "    client-key-data: @"),
    ("dotenv", strong, "DB_HOST=db\nDB_USER=app\nDB_PASS=@\nDEBUG=1\n"),
    ("dotenv quoted", strong, 'MAIL_PASSWORD="@"\nMAIL_PORT=587\n'),
    ("dotenv key", hexes, "APP_KEY=base64:@\n"),
    ("django", lambda r: some(r, ALNUM + "!#^&*-_", 49) + "4", "SECRET_KEY = 'django-insecure-@'"),
    ("compose", strong, "    environment:\n      - POSTGRES_PASSWORD=@\n"),
    ("compose map", strong, "    environment:\n      MYSQL_ROOT_PASSWORD: @\n"),
    ("terraform", strong, 'resource "x" "y" {\n  master_password = "@"\n}'),
    ("tfvars", token, 'cloudflare_api_token = "@"'),
    ("maven", strong, "<server><username>ci</username><password>@</password></server>"),
    ("spring", strong, "spring.datasource.password=@"),
    ("ini", strong, "[smtp]\nhost=mail\nuser=bob\npass=@\n"),
    ("web.config", strong, '<add name="db" connectionString="Server=x;Uid=sa;Pwd=@;" />'),
    ("ado", strong, "Server=tcp:x.database.windows.net;User ID=sa;Password=@;Encrypt=True"),
    ("azure storage", lambda r: some(r, B64, 86) + "==", "AccountName=shop;AccountKey=@;End=x"),
    ("service bus", lambda r: some(r, B64, 43) + "=", "SharedAccessKeyName=r;SharedAccessKey=@"),
    ("wpa", word, 'network={\n  ssid="Office"\n  psk="@"\n}'),
    ("pgpass", strong, "db.internal:5432:shop:app:@"),
    ("git-credentials", token, "https://bob:@@git.example.com"),
    ("my.cnf", strong, "[client]\nuser=root\npassword=@\n"),
    ("shadow", lambda r: some(r, ALNUM + "./", 86), "bob:$6$saltsalt$@:19000:0:99999:7:::"),
    ("wireguard", lambda r: some(r, B64, 43) + "=", "[Interface]\nPrivateKey = @\n"),
    ("otp", lambda r: some(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32), "otpauth://totp/x?secret=@"),
    # code and what programs print
    ("python call", strong, "conn = psycopg2.connect(host='db', user='app', password='@')"),
    ("python dict", token, "headers = {'X-API-KEY': '@'}"),
    ("python env", token, "os.environ['COHERE_API_KEY'] = '@'"),
    ("python setdefault", token, "os.environ.setdefault('SERPER_API_KEY', '@')"),
    ("python client", hexes, "client = AzureOpenAI(api_key='@', azure_endpoint=url)"),
    ("python tuple", strong, "requests.get(url, auth=('bob', '@'))"),
    ("python basic", strong, "HTTPBasicAuth('bob', '@')"),
    ("smtp", strong, "server.login('bob@example.com', '@')"),
    ("paramiko", strong, "ssh.connect('10.0.0.7', username='root', password='@')"),
    ("typescript", token, "const apiKey: string = '@';"),
    ("javascript", token, "fetch(u, {headers: {authorization: `Bearer @`}})"),
    ("java", strong, 'DriverManager.getConnection(url, "app", "@");'),
    ("jdbc", strong, "jdbc:mysql://db:3306/shop?user=app&password=@&useSSL=true"),
    ("go", token, 'token := "@"'),
    ("ruby", strong, "password: '@',"),
    ("php", strong, "define('DB_PASSWORD', '@');"),
    ("sql", strong, "CREATE USER app WITH PASSWORD '@';"),
    (
        "sql identified",
        strong,
        "CREATE USER 'app'@'%' IDENTIFIED BY '@';".replace("'app'@'%'", "app"),
    ),
    ("powershell", strong, '$pw = ConvertTo-SecureString "@" -AsPlainText -Force'),
    ("repr", token, "Settings(host='db', api_token='@', debug=False)"),
    ("pydantic error", token, "input_value={'secret_key': '@'}, input_type=dict"),
    ("traceback", strong, "  File 'a.py', line 3\n    login(user='bob', passwd='@')"),
    ("env dump", token, "HOME=/root\nLANG=C\nGITHUB_TOKEN=@\nPWD=/app\n"),
    ("log", strong, "2024-05-01 12:00:01 DEBUG db: connecting with password=@ to db:5432"),
    ("log json", token, '{"level": "info", "msg": "auth", "apiKey": "@"}'),
    ("declare -x", token, 'declare -x NPM_TOKEN="@"'),
    ("escaped json", token, json.dumps({"arguments": json.dumps({"authorization": "Bearer @"})})),
    ("yaml list", token, "secrets:\n  - name: OPENROUTER_KEY\n    value: @\n"),
    ("name and value", token, '{"name": "GEMINI_API_KEY", "value": "@"}'),
    # talk
    ("said: is", word, "Sure, the admin password is @ and the user is root."),
    ("said: colon", word, "Login: admin / Password: @"),
    ("said: key", token, "Here is my API key: @. Please do not share it."),
    ("said: quoted", word, 'He set the password to "@" yesterday.'),
    ("said: code", token, "My access token (`@`) expired."),
    ("said: pin", lambda r: str(r.randint(100000, 999999)), "Your verification code is @."),
    ("said: german", word, "Das Passwort lautet @, bitte nicht weitergeben."),
    (
        "said: seed",
        lambda r: "legal winner thank year wave sausage worth useful legal winner",
        "seed phrase: @",
    ),
    ("table", word, "| user | password |\n| --- | --- |\n| bob | @ |"),
)
LOOK_ALIKES: tuple[str, ...] = (
    "The password is required and must be at least 12 characters long.",
    "Please reset your password at https://example.com/reset before Friday 13.",
    "Passwords: 3 expired, 12 active; tokens: 450 in, 77 out.",
    "password = getpass.getpass('Password: ')",
    "password = os.environ['DB_PASSWORD']",
    'password: "${DB_PASSWORD}"',
    "password: {{ vault_db_password }}",
    "api_key=<YOUR_API_KEY>",
    "OPENAI_API_KEY=your-key-here",
    "export TOKEN=$(cat /run/token)",
    "curl -u $USER:$PASSWORD https://api.example.com",
    "curl -u username:password https://api.example.com  # replace both",
    "mysql -u root -p shop < dump.sql",
    "mkdir -p src/components && cp -p a b",
    "ssh -p 2222 deploy@host2 'ls -la'",
    "docker run -p 8080:80 -p 443:443 nginx:1.25",
    "tar -xzp -f archive-2024.tgz -C /tmp",
    "psql -h db -p 5432 -U app shop",
    "Cookie banners annoy users; cookies: 2 eggs, 200g flour.",
    "Set-Cookie headers were missing in 3 of 12 answers.",
    "def set_cookie(self, key, value, max_age=3600): ...",
    "cookie = SimpleCookie(); theme=dark; lang=en",
    "sort -k2,2 -t: file1 | uniq -c",
    "key = lambda item: item[1]; keys = sorted(d, key=key)",
    "The key is to start early; the token of 2024 is thrift.",
    "for token in tokens[:10]: print(token.text, token.pos_)",
    "tokenizer.encode('hello world', max_length=512)",
    "max_tokens=4096, n_tokens: 12345, token_count=678",
    "auth_type = 'basic'; auth: oauth2; author: Smith2023",
    "Basic arithmetic with 12 numbers and Bearer bonds of 1990",
    "Authorization is needed: see section 4.2 of RFC7235.",
    "login=bob12345&remember=1&page=2",
    "user: 12345, machine: build-07, login shell: /bin/bash",
    "machine learning models login page password field",
    "3f786850e387550fdab836ed7e6dc881de23001b",
    "commit 9b74c9897bac770ffc029102a200c5de\nAuthor: Bob <bob@example.com>",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "550e8400-e29b-41d4-a716-446655440000",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "session: 4bf92f3577b34da6, run 12, step 77",
    "thread_id: 8f14e45fceea167a5a36dedd4bea2543, message_id=call_9aB3xYz12345678901234567",
    "call_abcDEF1234567890abcdefgh",
    "chatcmpl-9XyZ0123456789abcdefABCDEFGHIJ",
    "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
    "https://example.com/articles/2024/05/how-to-choose-a-password-manager",
    "https://cdn.example.com/app.3f2a9c81b7.js?v=20240501&lang=de",
    "https://user.example.com:8443/path@version2/file",
    "https://maps.example.com/geo?address=Bonn&zoom=12&key_feature=parks",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
    "/usr/lib/python3.11/site-packages/pip/_vendor/urllib3/contrib/securetransport.py",
    "C:\\Users\\bob\\AppData\\Local\\Programs\\Python\\Python311\\python.exe",
    "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-Role-20240501T120000",
    "SELECT id, password_hash IS NOT NULL AS has_password FROM users WHERE id = 12345;",
    "ALTER USER app PASSWORD EXPIRE INTERVAL 90 DAY;",
    "CREATE TABLE t (id int, secret_name varchar(255), api_key_id int);",
    'class Secret(BaseModel):\n    secret_name: str = "db2"\n    version: int = 1',
    "if secret is None: raise KeyError('secret123 not found')",
    "The secret ingredient is 2 spoons of sugar (12g).",
    "Room 101, key 7; keyboard layout de-1996; hotkey: Ctrl+Shift+F12",
    "primary_key=True, foreign_key='orders.id', sort_key=2",
    "public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGv2l1x user@host1",
    "partition_key = '2024-05-01'; cache_key=f'user:{uid}:v2'",
    '{"finish_reason": "stop", "usage": {"prompt_tokens": 1201, "completion_tokens": 99}}',
    '{"role": "assistant", "content": "Your code: 42", "name": "coder1"}',
    "grant_type=client_credentials&scope=read2",
    "Use `-w` to wait, e.g. `tool -w 30 -a 12 -b 7`.",
    "redis-cli -h cache.internal -n 2 ping",
    "openssl dgst -sha256 file1.bin",
    "7z a backup-2024.7z folder1 folder2",
    "psk stands for pre-shared key; PSK1 and PSK2 are modes.",
    "Ein Passwort sollte mindestens 12 Zeichen lang sein.",
    "token: str | None = None  # see RFC6750",
    "def login(user: str, password: str, retries: int = 3) -> None: ...",
    "parser.add_argument('--password', help='at least 8 characters')",
    "assert response.status_code == 401, 'bad password 2'",
    "xoxo-2024 and sk-learn-1.4 with AKIA as a name",
    "I have an interest rate of 4.5% p.a. and -p95 latency 120ms",
    "auth('bob') == auth(user1, role2)",
    "code=E1102&state=open, error_code=12345678",
)


def scenes(seed: int, *, kept: bool) -> Iterator[tuple[str, str, str]]:
    """Kind, secret, text that holds it."""
    r = Random(seed)
    for number, (kind, make, place) in enumerate(SCENES):
        secret = make(r)
        if bool(number % 2) is kept:
            if "@@" in place:
                before, _, after = place.partition("@@")
                yield kind, secret, f"{before}{secret}@{after}"
            else:
                before, _, after = place.rpartition("@") if kind in LAST else place.partition("@")
                yield kind, secret, f"{before}{secret}{after}"


#: the secret is the last `@` of these
LAST = ("smtp",)
