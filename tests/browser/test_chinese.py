"""Pages in Chinese: no English is left on them but names, whatever is opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browsing import CHART, READY, is_unbroken, wait_state

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SKIPPED = (
    "script, style, noscript, code, textarea, [data-testid=stIconMaterial], [aria-label$=icon], .lab-quote, "
    "[class*=st-key-glove-word-], [class*=st-key-glove-formula-], .ytick, .lab-words, .lab-weighed, .lab-data, "
    "[data-testid=stSkipLink], a[href^='#'], .lab-layer b, .lab-plain b, .lab-names"
)
"""What holds data, code, names of layers and icons, and what Streamlit draws for itself."""
SEEN = """(skip) => {
  const out = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (e && !e.closest(skip) && e.checkVisibility() && !getComputedStyle(e).fontFamily.includes('Material'))
      out.push(walk.currentNode.textContent.trim());
  }
  for (const e of document.querySelectorAll('[placeholder], [alt], [role=img][aria-label]:not([aria-label$=icon])'))
    if (!e.closest(skip)) out.push(e.getAttribute('placeholder') || e.getAttribute('alt') || e.ariaLabel);
  return [...new Set(out.filter((text) => text && !text.endsWith(' icon')))];
}"""
"""All text that a person sees or hears."""
NAMES = set(re.findall(r"\w+", """
    Transfer Lab English IMDB GloVe Keras TensorFlow Hub TF TFDS mean
    ImageNet CIFAR MobileNetV MobileNet Xception ResNet Maas
    EfficientNetB Universal Sentence Encoder VADER DistilBERT Hugging Face TensorBoard Notebook CSV SVG QR ZIP JPG JPEG
    PNG WEBP GIF BMP TIF TIFF HTML JSON MB GB kB cm CNN LSTM Adam Dropout Yosinski et al Pang Lee zip Rotten Tomatoes
    Chelsea
    Dense Embedding GlobalAveragePooling softmax relu sigmoid gnews swivel dim news glove
    alba rosea aurea gigas setosa versicolor virginica dense flowers species hidden output embedding average
    bidirectional lstm block stem conv convolution last pooling scale
    good bad king man woman queen paris"""))  # fmt: skip


def english(page: Any) -> dict[str, list[str]]:
    """Words in Latin letters that are no names and are not quoted, each with where it stands."""
    plain = re.compile(r"https?://\S+|[\w-]*_[\w-]+|`[^`]*`|“[^”]*”|\"[^\"]*\"")
    found = {text: re.findall(r"[A-Za-z]{2,}", plain.sub("", text))
             for text in page.evaluate(SEEN, SKIPPED)}  # fmt: skip
    return {text[:200]: left for text, words in found.items() if (left := [w for w in words if w not in NAMES])}


def open_in_chinese(page: Any, server: Any, path: str) -> None:
    page.goto(f"{server.address}/{path}{'&' if '?' in path else '?'}lang=zh")
    page.wait_for_selector("h1")
    if path:
        page.wait_for_selector(CHART)
    settle(page)


def settle(page: Any) -> None:
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && !document.body.innerText.includes('正在询问后台进程')",
        timeout=READY,
    )
    page.wait_for_timeout(300)


def in_every_tab(page: Any) -> dict[str, list[str]]:
    left: dict[str, list[str]] = {}
    for tab in page.get_by_role("tab").all():
        tab.click()
        settle(page)
        left |= english(page)
        assert is_unbroken(page)
    return left


def test_pages_have_no_english_left_but_names(server: Any, new_page: Callable[..., Any]) -> None:
    page = new_page(height=1600)
    open_in_chinese(page, server, "")
    left = english(page)
    page.get_by_role("link", name="鸢尾花扩展").click()
    page.wait_for_url(re.compile("/iris.*lang=zh"))
    page.wait_for_selector(CHART)
    page.get_by_role("button", name="训练", exact=True).click()
    wait_state(page, "已完成")
    left |= in_every_tab(page)
    for path in ("imdb?reviews=3000", "glove", "cats_dogs"):
        open_in_chinese(page, server, path)
        left |= in_every_tab(page)
    assert left == {}, "\n" + "\n".join(left)
    assert page.evaluate("document.documentElement.lang") == "zh"
