"""Outdated responses on the demo's page, in a browser."""

from tests.demo.pages import opened


def test_clearing_cancels_the_comparison(page, digits_address):
    held = []
    page.route("**/compare*", lambda route: held.append(route))
    opened(page, digits_address)
    with page.expect_request("**/compare*"):
        page.locator(".pad canvas").click()
    with page.expect_event("requestfailed") as failed:
        page.click("#clear")
    assert "/compare" in failed.value.url
    assert not page.locator("#original").is_visible()
    assert not page.locator("#rivals").is_visible()
    assert "first" in page.locator("#summary").text_content()


def test_an_image_cleared_during_decoding_does_not_come_back(page, address):
    """The pad is cleared while the image's pixels are held back."""
    opened(page, address)
    page.evaluate("""() => {
        const make = createImageBitmap;
        window.asked = new Promise((found) => {
            window.createImageBitmap = (blob) => new Promise((resolve) => {
                found(async () => resolve(await make(blob)));
            });
        });
    }""")
    page.click("#samples button")
    page.evaluate("async () => { window.letGo = await asked; }")
    page.click("#clear")
    page.evaluate("async () => { await letGo(); await new Promise(setTimeout); }")
    assert not page.locator("#original").is_visible()
    assert page.locator(".invitation").is_visible()
    assert not page.locator("#bytes").text_content().isdigit()


def test_only_the_latest_waiting_call_is_made_even_after_an_error(page, address):
    opened(page, address)
    assert page.evaluate("""async () => {
        const { latest } = await import("/page/ask.js");
        const [made, held] = [[], []];
        const settled = () => new Promise((resolve) => setTimeout(resolve));
        const call = latest((value) => {
            made.push(value);
            return new Promise((resolve, reject) => held.push({ resolve, reject }));
        });
        const first = call(1).catch((error) => made.push(error.message));
        for (const value of [2, 3, 4]) call(value);
        await settled();
        made.push("waits");
        held[0].reject(new Error("fails"));
        await first;
        await settled();
        held[1].resolve();
        await settled();
        call(5);
        return made;
    }""") == [1, "waits", 4, "fails", 5]
