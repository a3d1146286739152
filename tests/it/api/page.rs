//! The desk's page, as far as it is served; what it does is tested in a browser.

use crate::support::World;

#[tokio::test]
async fn the_page_is_served_with_a_strict_policy_or_says_how_to_build_it() {
    let world = World::with(|settings| {
        settings.env(
            "MUSTER__MAP__STYLE_URL",
            "https://tiles.example:8443/a/style.json",
        );
    })
    .await;
    let browser = world.anonymous();
    // redirected to /desk/ from both
    for path in ["/", "/desk"] {
        let page = browser.get(path).await;
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        if page.status == 404 {
            assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
            assert!(page.text.contains("npm run build"), "{}", page.text);
            continue;
        }
        assert_eq!(page.status, 200, "{}", page.text);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        let policy = page.header("content-security-policy");
        let site = "https://tiles.example:8443";
        assert!(policy.contains("default-src 'self'"), "{policy}");
        assert!(
            policy.contains(&format!("connect-src 'self' {site};")),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains("style.json"),
            "{policy}"
        );
        let tag = page.header("etag").to_owned();
        let again = browser
            .request("GET", "/desk/")
            .header("If-None-Match", tag);
        assert_eq!(browser.send(again).await.status, 304);
        let inside = browser.get("/desk/incidents/abc").await;
        assert_eq!(
            inside.text, page.text,
            "a place within the page is the page"
        );
    }
    for missing in [
        "/desk/assets/none.js",
        "/desk/../Cargo.toml",
        "/desk/%2e%2e/package.json",
    ] {
        browser.get(missing).await.problem(404, "not_found");
    }
    world.finish().await;
}

#[tokio::test]
async fn the_phones_page_is_served_too_or_says_how_to_build_it() {
    let world = World::start().await;
    let browser = world.anonymous();
    // redirected to /phone/
    let page = browser.get("/phone").await;
    if page.status == 404 {
        assert!(page.text.contains("make web"), "{}", page.text);
    } else {
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(!page.header("content-security-policy").contains("unsafe"));
    }
    browser
        .get("/phone/assets/none.js")
        .await
        .problem(404, "not_found");
    world.finish().await;
}
