"""Every page in real Chromium: accessible, in the right language, whole at 320 px, quiet console, strict CSP."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from idp.messages import LANGUAGES
from idp.web.render import TEMPLATES
from tests.browser import samples
from tests.browser.shelf import Shelf, open_shelf
from tests.support.chromium import Watched, axe, chromium, watch

SCHEMES = ("light", "dark")
WIDTHS = (320, 1280)
PARTS = {
    "way-in": samples.WAY_IN,
    "endings": {**samples.ENDINGS, **samples.ACCOUNT},
    "console": samples.CONSOLE,
    "further": samples.FURTHER,
}
SPREAD = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
                           word-spacing: .16em !important }`);
    document.adoptedStyleSheets = [sheet];
    const root = document.documentElement;
    const wrong = root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} px wide`] : [];
    for (const one of document.querySelectorAll('button, .button, h1, h2, p, td, label, .tag, .state')) {
        const hidden = one.closest('.unseen, details:not([open]), dialog:not([open])') || !one.offsetParent;
        if (!hidden && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline') {
            wrong.push(`clipped: ${one.outerHTML.slice(0, 100)}`);
        }
    }
    return wrong;
}"""
HEAD = r"""() => {
    const wrong = [];
    if (document.documentElement.dir !== 'ltr') wrong.push('no dir');
    if (!document.title.includes(' · ')) wrong.push('no title of its own');
    for (const one of document.querySelectorAll('header a[hreflang]')) {
        if (one.lang !== one.hreflang || one.lang === document.documentElement.lang) wrong.push('language link');
    }
    for (const one of document.querySelectorAll('button, .button, select, input:not([type=hidden])')) {
        const small = one.closest('.unseen, .pick, .small, p, .plain, details:not([open]), dialog') ||
            !one.offsetParent;
        const box = one.getBoundingClientRect();
        if (!small && (box.height < 44 || box.width < 24)) wrong.push(`small target: ${one.outerHTML.slice(0, 90)}`);
    }
    const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
    if (new Set(ids).size !== ids.length) wrong.push('an id twice');
    for (const one of document.querySelectorAll('[aria-describedby], [aria-labelledby]')) {
        const named = `${one.getAttribute('aria-describedby') || ''} ${one.getAttribute('aria-labelledby') || ''}`;
        for (const id of named.split(/\s+/)) if (id && !document.getElementById(id)) wrong.push(`no element ${id}`);
    }
    return wrong;
}"""
LEAVES_AT_ONCE = ("returning", "form-post")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def shelf() -> Iterator[tuple[str, Shelf]]:
    with open_shelf() as opened:
        yield opened


def look(watched: Watched, url: str, name: str, language: str) -> list[str]:
    """Everything that is wrong with one page, in both colours and both widths."""
    page, wrong = watched.page, []
    page.goto(f"{url}/{name}?lang={language}")
    if page.locator("h1").count() != 1:
        wrong.append("not one h1")
    if page.locator("html").get_attribute("lang") != language:
        wrong.append("wrong lang")
    wrong += page.evaluate(HEAD)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                wrong.append(f"{over} px too wide at {width}")
            wrong += [f"{scheme} {width}: {one}" for one in axe(page)]
    return [f"{name} {language}: {one}" for one in [*wrong, *watched.wrong()]]


def context(browser: Browser, **options: object) -> BrowserContext:
    made = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    made.set_default_timeout(20_000)
    return made


def test_the_main_pages_are_sound(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    watched = watch(context(browser))
    wrong = [one for name in samples.SMOKE for one in look(watched, shelf[0], name, LANGUAGES[len(name) % 2])]
    assert not wrong, "\n".join(wrong)


def test_the_eye_is_open(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    """Faults put in on purpose are seen: a field without its label, pale text, a script that the CSP stops."""
    watched = watch(context(browser))
    watched.page.goto(f"{shelf[0]}/sign-in?lang=en")
    watched.page.evaluate(
        """() => {
            document.querySelector('label').remove();
            document.querySelector('h1').style.color = '#ccc';
            new Image().src = 'http://127.0.0.1:9/elsewhere.png';
            try { document.body.innerHTML = '<p>'; } catch { /* Trusted Types stop it and report it */ }
        }"""
    )
    found = " ".join(axe(watched.page))
    assert "label:" in found
    assert "color-contrast:" in found
    assert {"CSP img-src", "CSP require-trusted-types-for"} <= set(watched.wrong())


@pytest.mark.matrix
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_every_page_is_sound(browser: Browser, shelf: tuple[str, Shelf], part: str, language: str) -> None:
    watched = watch(context(browser))
    names = [name for name in PARTS[part] if name not in LEAVES_AT_ONCE]
    wrong = [one for name in names for one in look(watched, shelf[0], name, language)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.matrix
@pytest.mark.parametrize("width", WIDTHS)
def test_words_twice_as_long_and_wide_spacing_still_fit(browser: Browser, width: int) -> None:
    """With the text spacing of WCAG 1.4.12 nothing scrolls sideways and no button, heading or cell loses a word."""
    page = context(browser, viewport={"width": width, "height": 800}).new_page()
    wrong: list[str] = []
    with open_shelf(samples.pseudo()) as (url, _):
        for name in samples.SAMPLES:
            if name not in LEAVES_AT_ONCE:
                page.goto(f"{url}/{name}?lang=en")
                wrong += [f"{name}: {one}" for one in page.evaluate(SPREAD)]
    assert not wrong, "\n".join(wrong)


def test_every_page_has_its_sample() -> None:
    """A page that no sample shows would be looked at by nothing here."""
    shown = {page.template for page in samples.SAMPLES.values()}
    parts = re.compile(r"{% (?:extends|include|import|from) \"([a-z_]+\.html)\"")
    templates = {path.name: path.read_text("utf-8") for path in TEMPLATES.glob("*.html")}
    within = {name for text in templates.values() for name in parts.findall(text)}
    assert set(templates) - within == shown
    assert set(samples.SAMPLES) == {name for part in PARTS.values() for name in part}


def test_sign_in_is_light(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    """At most 35 KB on the wire and 6 requests."""
    watched = watch(context(browser))
    session = watched.page.context.new_cdp_session(watched.page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    watched.page.goto(f"{shelf[0]}/sign-in", wait_until="networkidle")
    assert len(watched.requests) <= 6, watched.requests
    assert 3_000 < sum(sizes) <= 35_000


def test_pages_work_without_javascript(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    """The identifier goes on by a plain form; what needs a script is hidden, and the page says so."""
    page = context(browser, java_script_enabled=False).new_page()
    page.goto(f"{shelf[0]}/sign-in?lang=en")
    assert page.locator("[data-start]").is_hidden()
    assert page.locator("noscript p").is_visible()
    page.fill("#username", "王伟@moe.example")
    page.click("#submit-login")
    assert shelf[1].posted[-1] == {"csrf": "token", "username": "王伟@moe.example"}
    page.goto(f"{shelf[0]}/password?lang=en")
    assert page.locator("[data-reveal]").is_hidden()
    page.fill("#password", " secret ")
    page.press("#password", "Enter")
    assert shelf[1].posted[-1]["password"] == " secret "


def test_the_language_link_keeps_the_step(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    page = context(browser).new_page()
    page.goto(f"{shelf[0]}/password?lang=en")
    page.get_by_role("link", name="简体中文").click()
    assert page.url.endswith("/password?x=1&lang=zh-CN")
    assert page.locator("h1").inner_text() == "输入密码"


def test_a_password_is_shown_and_hidden(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    page = context(browser).new_page()
    page.goto(f"{shelf[0]}/password?lang=en")
    page.fill("#password", "secret")
    page.get_by_role("button", name="Show the password").click()
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="Hide the password").click()
    assert page.locator("#password").get_attribute("type") == "password"


def test_an_error_takes_the_focus_and_leads_to_its_field(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    page = context(browser).new_page()
    page.goto(f"{shelf[0]}/password-wrong?lang=en")
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.get_by_role("link", name="The name or password is not right").click()
    assert page.evaluate("document.activeElement.id") == "password"


@pytest.mark.parametrize("name", LEAVES_AT_ONCE)
@pytest.mark.parametrize("script", [True, False])
def test_the_way_back_to_the_application(browser: Browser, shelf: tuple[str, Shelf], name: str, script: bool) -> None:
    """A refresh needs no script; a form post submits itself with one and shows a button without."""
    page = context(browser, java_script_enabled=script).new_page()
    page.goto(f"{shelf[0]}/{name}?lang=en", wait_until="commit")
    if name == "form-post" and not script:
        page.click("#continue")
    page.wait_for_url("**/arrived")
    if name == "form-post":
        assert shelf[1].posted[-1] == {"code": "abc", "state": "xyz"}


def test_a_change_says_whom_it_reaches_first(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    page = context(browser).new_page()
    page.goto(f"{shelf[0]}/admin-person?lang=en")
    page.get_by_text("End all sessions", exact=True).first.click()
    page.fill("#end-reason", "left the ministry")
    sent = len(shelf[1].posted)
    page.get_by_role("button", name="End all sessions").click()
    assert "2 sessions" in page.locator("#sure").inner_text()
    page.get_by_role("button", name="Cancel").click()
    assert len(shelf[1].posted) == sent
    page.get_by_role("button", name="End all sessions").click()
    page.get_by_role("button", name="Yes, do it").click()
    page.wait_for_url("**/here")
    assert shelf[1].posted[-1] == {"csrf": "token", "do": "end-sessions", "reason": "left the ministry"}
