"""How the doors for persons look: signing in, setting up. Pure; French and English; light and dark; no script."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from collector.access.secret import LONGEST, SHORTEST
from collector.utm.sentences import printed

Kind = Literal["login", "setup", "join", "over"]
Saying = Literal["wrong", "token_wrong", "wait", "plain", "over", "name", "password"]

_TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "login": "Sign in",
        "setup": "The first user",
        "welcome": "Whoever is first looks after everything: sites, users, tokens. More users come later.",
        "join": "Your account",
        "joining": "Somebody who looks after this server made it for you. Choose a password, and you are in.",
        "username": "Name",
        "password": "Password",
        "password_hint": f"{SHORTEST} characters or more; a few words in a row are good.",
        "enter": "Sign in",
        "create": "Begin",
        "token": "Token of the data folder",
        "token_hint": "balise token prints it.",
        "with_token": "Sign in with the folder’s token",
        "wrong": "This name and this password do not go together.",
        "token_wrong": "This is not the token of the data folder: balise token prints it.",
        "wait": "Too many attempts. Wait a minute, then try again.",
        "plain": "This page was opened over plain http from another machine: nobody can sign in safely. Use https, or "
        "http://localhost on the machine itself.",
        "over": "This link has been used, or its time is up.",
        "over_hint": "If you have chosen your password with it, sign in. If not, ask whoever invited you for another "
        "link: an admin makes it under Settings, Users.",
        "over_first": "There is no user yet: the next start of the server prints a new link.",
        "name_fault": "Name: 1 to 64 letters, digits and . _ @ + -, without accents or blanks.",
        "password_fault": f"Password: {SHORTEST} to {LONGEST} characters.",
        "other": "Français",
    },
    "fr": {
        "login": "Se connecter",
        "setup": "Premier utilisateur",
        "welcome": "La première personne s’occupe de tout : sites, utilisateurs, jetons. D’autres viendront ensuite.",
        "join": "Votre compte",
        "joining": "La personne qui s’occupe de ce serveur l’a créé pour vous. Choisissez un mot de passe pour entrer.",
        "username": "Nom",
        "password": "Mot de passe",
        "password_hint": f"{SHORTEST} caractères ou plus ; quelques mots à la suite conviennent bien.",
        "enter": "Se connecter",
        "create": "Commencer",
        "token": "Jeton du dossier de données",
        "token_hint": "La commande balise token l’affiche.",
        "with_token": "Se connecter avec le jeton du dossier",
        "wrong": "Ce nom et ce mot de passe ne vont pas ensemble.",
        "token_wrong": "Ce n’est pas le jeton du dossier de données : balise token l’affiche.",
        "wait": "Trop d’essais. Attendez une minute, puis réessayez.",
        "plain": "Cette page a été ouverte en http simple depuis une autre machine : on ne peut pas s’y connecter sans "
        "risque. Utilisez https, ou http://localhost sur la machine elle-même.",
        "over": "Ce lien a déjà servi, ou n’est plus valable.",
        "over_hint": "Si vous avez choisi votre mot de passe avec ce lien, connectez-vous. Sinon, demandez un nouveau "
        "lien à la personne qui vous a invité : un administrateur le crée dans Réglages, Utilisateurs.",
        "over_first": "Il n’y a pas encore d’utilisateur : le prochain démarrage du serveur affiche un nouveau lien.",
        "name_fault": "Nom : 1 à 64 lettres, chiffres et . _ @ + -, sans accent ni espace.",
        "password_fault": f"Mot de passe : {SHORTEST} à {LONGEST} caractères.",
        "other": "English",
    },
}
_STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#17242b;--soft:#556870;--line:#dbe3e6;--field:#788a92;--paper:#fff;"
    "--back:#f3f6f7;--main:#0b6b74;--on:#fff;--bad:#b3461a}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6eef0;--soft:#9fb1b8;--line:#2b393f;--field:#6f848c;--paper:#182226;"
    "--back:#0f1619;--main:#76cdd4;--on:#08262a;--bad:#f0956b}}"
    "*{box-sizing:border-box}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;"
    "background:var(--back);color:var(--ink);padding:1.25rem}"
    "main{width:100%;max-width:25rem;background:var(--paper);border:1px solid var(--line);border-radius:.75rem;"
    "padding:1.75rem}"
    "h1{font-size:1.35rem;line-height:1.25;margin:0 0 1rem}"
    "label{display:block;font-weight:600;margin-top:1rem}"
    "input{display:block;width:100%;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--field);"
    "border-radius:.4rem;padding:.55rem .7rem;margin-top:.25rem}"
    "button{font:inherit;font-weight:600;width:100%;margin-top:1.25rem;padding:.65rem;border:0;border-radius:.4rem;"
    "background:var(--main);color:var(--on);cursor:pointer}"
    ":focus-visible{outline:3px solid var(--main);outline-offset:2px}"
    ".quiet{color:var(--soft);font-size:.9rem;margin:.25rem 0 0}"
    "[role=alert]{color:var(--bad);font-weight:600;margin:0}"
    "details{margin-top:1.5rem;border-top:1px solid var(--line);padding-top:1rem}"
    "summary{cursor:pointer;color:var(--soft)}"
    "a{color:var(--main)}"
    "footer{margin-top:1.5rem;font-size:.9rem}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# The referrer policy lets an older browser say that a form comes from here, and tells nobody else.
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}


class Drawn(NamedTuple):
    """What a page shows. `root` is where the server is mounted, `path` its own path, `after` where it leads on to."""

    kind: Kind
    language: Literal["en", "fr"]
    root: str
    path: str
    after: str
    name: str
    accounts: bool
    fault: Saying | None


def page(drawn: Drawn) -> str:
    """The whole page."""
    said = {key: escape(printed(text, drawn.language)) for key, text in _TEXTS[drawn.language].items()}
    title = said["login"] if drawn.kind == "over" else said[drawn.kind]
    body = {"login": _login, "setup": _setup, "join": _setup, "over": _over}[drawn.kind](drawn, said)
    other = "en" if drawn.language == "fr" else "fr"
    query = f"?lang={other}" + (f"&next={quote(drawn.after)}" if drawn.after != "/" else "")
    return (
        f'<!doctype html><html lang="{drawn.language}"><head><meta charset="utf-8"><title>{title} · Balise</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{body}"
        f'<footer><a href="{escape(query)}" lang="{other}" hreflang="{other}">{said["other"]}</a></footer>'
        "</main></body></html>"
    )


def _login(drawn: Drawn, said: dict[str, str]) -> str:
    """Two ways in; without any user only the token's."""
    ways = [_form(drawn, said, _person(drawn, said, "current-password"))] if drawn.accounts else []
    shown = drawn.fault == "token_wrong"
    token = _form(drawn, said, _token(said, shown or not drawn.accounts))
    if drawn.accounts:
        token = f"<details{' open' if shown else ''}><summary>{said['with_token']}</summary>{token}</details>"
    return _alert(drawn, said) + "".join([*ways, token])


def _setup(drawn: Drawn, said: dict[str, str]) -> str:
    hint = f'<p class="quiet" id="hint">{said["password_hint"]}</p>'
    fields = _person(drawn, said, "new-password", hint)
    welcome = said["joining" if drawn.kind == "join" else "welcome"]
    return f'<p class="quiet">{welcome}</p>{_alert(drawn, said)}' + _form(drawn, said, fields, "create")


def _over(drawn: Drawn, said: dict[str, str]) -> str:
    login = escape(f"{drawn.root}/login")
    hint = said["over_hint" if drawn.accounts else "over_first"]
    return f'{_alert(drawn, said)}<p class="quiet">{hint}</p><p><a href="{login}">{said["login"]}</a></p>'


def _alert(drawn: Drawn, said: dict[str, str]) -> str:
    if drawn.fault is None:
        return ""
    text = said.get(f"{drawn.fault}_fault") or said[drawn.fault]
    return f'<p role="alert" id="fault">{text}</p>'


def _form(drawn: Drawn, said: dict[str, str], fields: str, button: str = "enter") -> str:
    """It goes to the page's own path; the language goes along."""
    action = escape(f"{drawn.path}?lang={drawn.language}")
    hidden = f'<input type="hidden" name="next" value="{escape(drawn.after)}">'
    return f'<form method="post" action="{action}">{hidden}{fields}<button>{said[button]}</button></form>'


def _person(drawn: Drawn, said: dict[str, str], secret: str, hint: str = "") -> str:
    told = ' aria-describedby="hint"' if hint else ""
    given = drawn.kind == "join"  # the name is the invitation's
    name, secret_ = (" readonly", " autofocus") if given else (" required autofocus", "")
    return (
        f'<label for="name">{said["username"]}</label><input id="name" name="name" value="{escape(drawn.name)}" '
        f'autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"{name}>'
        f'<label for="password">{said["password"]}</label><input id="password" name="password" type="password" '
        f'autocomplete="{secret}" maxlength="{LONGEST}" required{secret_}{told}>{hint}'
    )


def _token(said: dict[str, str], focused: bool) -> str:
    return (
        f'<label for="token">{said["token"]}</label><input id="token" name="token" type="password" autocomplete="off" '
        f'spellcheck="false" required aria-describedby="token-hint"{" autofocus" if focused else ""}>'
        f'<p class="quiet" id="token-hint">{said["token_hint"]}</p>'
    )
