"""Has the platforms' official clients prove what the sandbox sends, and makes the vectors that our own proofs are tested with.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE TIGHT_READY_FILE
       judge.py --vectors FILE      writes the vectors, signed by the official clients where they can sign
"""

import base64
import email.utils
import hashlib
import hmac
import http.server
import json
import sys
import threading
import urllib.request

import stripe
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives import hashes
from cryptography.exceptions import InvalidSignature
from hubspot.utils.signature import Signature

SECRET = "whsec_of_a_judge"


def keyed(alg, secret, *parts):
    """A keyed hash; for platforms that document the algorithm and have no client that proves."""
    return hmac.new(secret.encode(), b"".join(parts), alg).digest()


def public_text(key):
    """A public key as its platform publishes it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_bytes(serialization.Encoding.DER, form)).decode()


# ---- what a received delivery must satisfy, by face: the official client, or the documented algorithm


def stripe_proves(headers, body, address, secret, key):
    stripe.WebhookSignature.verify_header(body.decode(), headers["Stripe-Signature"], secret, 300)


def hubspot_proves(headers, body, address, secret, key):
    stamp = headers["X-HubSpot-Request-Timestamp"]
    shown = headers["X-HubSpot-Signature-v3"]
    if not Signature.is_valid(shown, secret, body.decode(), address, "POST", "v3", stamp):
        raise ValueError("refused")


def shopify_proves(headers, body, address, secret, key):
    same(headers["X-Shopify-Hmac-Sha256"], base64.b64encode(keyed("sha256", secret, body)).decode())


def klaviyo_proves(headers, body, address, secret, key):
    stamp = headers["Klaviyo-Timestamp"].encode()
    same(headers["Klaviyo-Signature"], keyed("sha256", secret, body, stamp).hex())


def meta_proves(headers, body, address, secret, key):
    same(headers["X-Hub-Signature-256"], "sha256=" + keyed("sha256", secret, body).hex())


def postscript_proves(headers, body, address, secret, key):
    same(headers["Postscript-Signature"], secret)


def gohighlevel_proves(headers, body, address, secret, key):
    public = serialization.load_der_public_key(base64.b64decode(key))
    try:
        public.verify(base64.b64decode(headers["X-GHL-Signature"]), body)
    except InvalidSignature as error:
        raise ValueError("refused") from error


def same(shown, expected):
    if not hmac.compare_digest(shown, expected):
        raise ValueError("refused")


# face: the proof, a topic, an object, what the signature covers beside a token
FACES = {
    "shopify": (shopify_proves, "products/update", None, "body"),
    "stripe": (stripe_proves, "charge.refunded", "ch_1", "body, time"),
    "klaviyo": (klaviyo_proves, "event:klaviyo.received_email", "e1", "body, time"),
    "hubspot": (hubspot_proves, "contact.propertyChange", "101", "body, time, address"),
    "gohighlevel": (gohighlevel_proves, "ContactUpdate", "c1", "body"),
    "postscript": (postscript_proves, "shop.subscriber.opt_in", "s_1", "nothing"),
    "meta_ads": (meta_proves, "with_issues_ad_objects", "1", "body"),
}


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what comes and takes it."""

    got = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, self.headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def call(address, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def first_product(ready):
    """A product's number, asked of the shop itself."""
    shop = ready["platforms"]["shopify"]
    address = shop["base_url"] + "/admin/api/2026-10/graphql.json"
    query = json.dumps({"query": "{ products(first: 1) { nodes { legacyResourceId } } }"}).encode()
    headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": shop["secrets"]["access_token"]}
    with urllib.request.urlopen(urllib.request.Request(address, data=query, headers=headers), timeout=30) as answer:
        body = json.loads(answer.read())
    nodes = body["data"]["products"]["nodes"]
    return str(nodes[0]["legacyResourceId"])


def judge(ready):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sandbox = ready["address"]
    key = call(sandbox + "/control/webhooks")["public_key"]
    passed, failed = 0, 0

    def verdict(name, good):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"FAILED {name}")

    for face, (proves, topic, thing, covers) in FACES.items():
        address = f"http://127.0.0.1:{server.server_port}/{face}"
        call(sandbox + "/control/webhooks/register", {"face": face, "address": address, "secret": SECRET, "topics": [topic]})
        thing = thing or first_product(ready)

        def received(**how):
            Receiver.got.clear()
            call(sandbox + "/control/webhooks/send", {"face": face, "topic": topic, "objects": [thing], **how})
            return [(headers, body) for path, headers, body in Receiver.got if path == f"/{face}"]

        def proved(delivery):
            headers, body = delivery
            try:
                proves(headers, body, address, SECRET, key)
                return True
            except Exception:  # each client has its own
                return False

        twice = received(duplicate=1)
        verdict(f"{face}: an event that is sent twice arrives twice", len(twice) == 2)
        verdict(f"{face}: what is sent is proved", all(proved(one) for one in twice))
        verdict(f"{face}: a repetition is the same event", len({body for _, body in twice}) == 1)
        if "body" in covers:
            verdict(f"{face}: what is forged is refused", not any(proved(one) for one in received(forge=True)))
        if face in ("stripe", "hubspot"):
            verdict(f"{face}: what is old is refused", not any(proved(one) for one in received(age_s=3600)))
    server.shutdown()
    print(f"webhooks: {passed} checks passed, {failed} failed")
    return failed == 0


# ---- vectors


def vectors():
    at = 1_790_000_000
    body = '{"id":"evt_1","type":"thing.changed","data":{"object":{"id":"t_1","note":"caf\\u00e9 – 100 %"}}}'
    raw = body.encode()
    address = "https://netgain.example.com/webhooks/k?x=1"
    private = ed25519.Ed25519PrivateKey.generate()
    curve = ec.generate_private_key(ec.SECP256R1())
    big = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    stamp = str(at).encode()
    date = email.utils.formatdate(at, usegmt=True)
    stripe_tag = stripe.WebhookSignature._compute_signature(f"{at}.{body}", SECRET)
    hubspot_tag = Signature.get_signature(SECRET, body, "v3", address, "POST", str(at * 1000))
    stripe.WebhookSignature.verify_header(body, f"t={at},v1={stripe_tag}", SECRET, None)
    rows = [
        ("stripe", "stripe-python WebhookSignature", SECRET, {"Stripe-Signature": f"t={at},v1={stripe_tag}"}),
        ("hubspot", "hubspot-api-client Signature", SECRET, {
            "X-HubSpot-Signature-v3": hubspot_tag, "X-HubSpot-Request-Timestamp": str(at * 1000)}),
        ("shopify", "documented algorithm", SECRET, {
            "X-Shopify-Topic": "products/update", "X-Shopify-Webhook-Id": "w1",
            "X-Shopify-Hmac-Sha256": base64.b64encode(keyed("sha256", SECRET, raw)).decode()}),
        ("klaviyo", "documented algorithm", SECRET, {
            "Klaviyo-Signature": keyed("sha256", SECRET, raw, date.encode()).hex(), "Klaviyo-Timestamp": date}),
        ("meta", "documented algorithm", SECRET, {
            "X-Hub-Signature-256": "sha256=" + keyed("sha256", SECRET, raw).hex()}),
        ("postscript", "documented algorithm", SECRET, {"Postscript-Signature": SECRET}),
        ("gohighlevel", "cryptography Ed25519", public_text(private.public_key()), {
            "X-GHL-Signature": base64.b64encode(private.sign(raw)).decode()}),
        ("ecdsa", "cryptography ECDSA P-256", public_text(curve.public_key()), {
            "X-Signature": base64.b64encode(curve.sign(stamp + raw, ec.ECDSA(hashes.SHA256()))).decode(),
            "X-Timestamp": str(at)}),
        ("rsa", "cryptography RSA PKCS#1 v1.5", public_text(big.public_key()), {
            "X-Signature": base64.b64encode(big.sign(raw, padding.PKCS1v15(), hashes.SHA256())).decode()}),
        ("sha1", "documented algorithm", SECRET, {"X-Hub-Signature": "sha1=" + keyed("sha1", SECRET, raw).hex()}),
        ("sha512", "documented algorithm", SECRET, {"X-Signature": keyed("sha512", SECRET, raw).hex()}),
        ("standard", "documented algorithm", "whsec_" + base64.b64encode(b"k" * 24).decode(), {
            "webhook-id": "m1", "webhook-timestamp": str(at),
            "webhook-signature": "v1=" + base64.b64encode(
                hmac.new(b"k" * 24, stamp + b"." + raw, hashlib.sha256).digest()).decode()}),
        ("basic", "RFC 7617", SECRET, {
            "Authorization": "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode()}),
    ]
    return {
        "made_with": {"stripe": stripe.VERSION, "script": "judges/webhooks/judge.py --vectors"},
        "method": "POST", "url": address, "body": body, "at": at,
        "vectors": [{"name": name, "made_by": by, "key": key, "headers": headers} for name, by, key, headers in rows],
    }


if __name__ == "__main__":
    if sys.argv[1] == "--vectors":
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            json.dump(vectors(), file, indent=1, ensure_ascii=False)
            file.write("\n")
    else:
        sys.exit(0 if judge(json.load(open(sys.argv[1], encoding="utf-8"))) else 1)
