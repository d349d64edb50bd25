"""Keys and tokens that can be told by their look, since their issuers gave them a beginning.

From what the issuers document. `PREFIXES` are pairs: the beginning, which stays to be recognised
by, and what has to follow it.
"""

from __future__ import annotations

from typing import Final

_DIGIT: Final = rb"(?=[A-Za-z_-]{0,40}[0-9])"  # words of prose have none
_TWENTY: Final = rb"(?=[A-Za-z0-9][A-Za-z0-9_-]{19})" + _DIGIT
#: Beginnings of keys and tokens whose issuers made them recognisable, and what follows each.
PREFIXES: Final = (
    (rb"sk-", rb"(?=[A-Za-z0-9_-]{16})" + _DIGIT),  # OpenAI, Anthropic and their kin
    (rb"(?:AKIA|ASIA|ABIA)", rb"(?=[0-9A-Z]{16}\b)"),  # AWS
    (rb"gh[pousr]_", rb"(?=[A-Za-z0-9]{20})"),
    (rb"github_pat_", rb"(?=[A-Za-z0-9_]{20})"),
    (rb"gl(?:pat|dt|rt|ptt|cbt|soat|ft)-", rb"(?=[A-Za-z0-9_-]{20})"),  # GitLab
    (rb"xox[abeprs]-", rb"(?=[A-Za-z0-9-]{10})" + _DIGIT),  # Slack
    (rb"xapp-", rb"(?=[0-9]-[A-Z0-9]{6})"),
    (rb"hooks\.slack\.com/(?:services|workflows)/", rb"(?=[A-Z0-9])"),
    (rb"AIza", rb"(?=[0-9A-Za-z_-]{35})"),  # Google
    (rb"ya29\.", rb"(?=[0-9A-Za-z_-]{20})"),
    (rb"GOCSPX-", rb"(?=[0-9A-Za-z_-]{20})"),
    (rb"1//0", rb"(?=[0-9A-Za-z_-]{30})" + _DIGIT),  # a refresh token of Google's
    (rb"[sr]k_(?:live|test)_", rb"(?=[0-9A-Za-z]{16})"),  # Stripe
    (rb"whsec_", rb"(?=[0-9A-Za-z+/]{24})"),
    (rb"SG\.", rb"(?=[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32})"),  # SendGrid
    (
        rb"(?:hf|gsk|r8|npm|tgp_v1|rubygems|figd|nfp|sbp|dckr_pat|lin_api|lin_oauth|ntn|secret|jina"
        rb"|shpat|shpss|shpca|do[opr]_v1|lsv2_(?:pt|sk)|phx|ctx7sk|csk|fw|e2b)[_-]",
        rb"(?=[A-Za-z0-9]{20})" + _DIGIT,
    ),
    (rb"pcsk_", rb"(?=[A-Za-z0-9]{4,8}_[A-Za-z0-9]{20})"),  # Pinecone
    (
        rb"(?:xai|pplx|tvly(?:-dev)?|nvapi|pul|PMAK|NRAK|HRKU|key)-",
        rb"(?=[A-Za-z0-9_]{20})" + _DIGIT,
    ),
    (rb"fc-", rb"(?=[A-Za-z0-9_]{20})" + _DIGIT),  # Firecrawl
    (rb"pa-", rb"(?=[A-Za-z0-9_]{20})" + _DIGIT),  # Voyage
    (rb"sntry[us]_", rb"(?=[A-Za-z0-9+/=_-]{30})"),
    (rb"pat[A-Za-z0-9]{14}\.", rb"(?=[0-9a-f]{60})"),  # Airtable
    (rb"pypi-", rb"(?=AgE[A-Za-z0-9_-]{20})"),
    (rb"(?:hv[sbr]|dp\.(?:pt|st|sa))\.", rb"(?=[A-Za-z0-9_-]{20})"),  # Vault, Doppler
    (rb"dapi", rb"(?=[0-9a-f]{32}\b)"),  # Databricks
    (rb"ATATT3", rb"(?=[A-Za-z0-9_=-]{20})"),  # Atlassian
    (rb"AGE-SECRET-KEY-1", rb"(?=[0-9A-Z]{40})"),
    (rb"sq0(?:atp|csp)-", rb"(?=[0-9A-Za-z_-]{20})"),  # Square
    (rb"eyJ", rb"(?=[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.)"),  # JSON Web Token
    (rb"[0-9]{8,10}:AA", rb"(?=[A-Za-z0-9_-]{32})"),  # Telegram
    (rb"discord(?:app)?\.com/api/webhooks/", rb"(?=[0-9])"),
    (rb"[Bb]earer ", rb"(?=[A-Za-z0-9._~+/=-]{16})(?=[A-Za-z._~+/=-]{0,60}[0-9])"),
    (rb"[Bb]asic ", rb"(?=[A-Za-z0-9+/]{12,}={0,2}(?![A-Za-z0-9+/ ]))(?=[A-Za-z+/]{0,60}[0-9=])"),
    # and what their documentation says of the keys of others
    (
        rb"(?:glc|glsa|pscale_(?:tkn|oauth|pw)|sgp|slk|tfp|pnu|rdme|bkua|CCIPAT|dckr_oat|napi|rnd"
        rb"|sb_secret|apify_api|bb_live|dtn|esecret|duffel_(?:test|live)|shippo_(?:live|test)|sq[uap]"
        rb"|essu|AVNS|aio|CLOJARS|fo1|fm1[ar]|fm2|sm_[aps]at|rzp_live|shppa|api_org|bkpat|EZ[AT]K"
        rb"|pat|tok|oauth|gho|ops|cio|lip|vcp|vck|mcp|phc|dp_pt|ATCTT3x|ATBB)[_-]",
        _TWENTY,
    ),
    # each by itself, as they are syllables of many words: see `signs`
    (rb"re[_-]", _TWENTY),
    (rb"sk[_-]", _TWENTY),
    (rb"key[_-]", _TWENTY),
    (
        rb"(?:xkeysib|CFPAT|fio-u|ico|NR(?:II|JS|RA|BR)|p8e|API|FLW(?:PUB|SEC)K(?:_TEST)?|s-s4t2ud"
        rb"|tskey-[a-z]{3,8}|tk-us|ls|sdk|secret|lin|gl(?:agent|imt|oas|ffct|cbt|rtr))-",
        _TWENTY,
    ),
    (rb"GR1348941", rb"(?=[A-Za-z0-9_-]{20})"),  # GitLab's runners
    (rb"EAA[A-Z]", rb"(?=[A-Za-z0-9]{30})" + _DIGIT),  # Meta, Square
    (rb"SK", rb"(?=[0-9a-f]{32}\b)"),  # Twilio
    (rb"A3-", rb"(?=[A-Z0-9]{6}-[A-Z0-9]{6,12}-[A-Z0-9]{5}-)"),  # 1Password
    (rb"ABSK", rb"(?=[A-Za-z0-9+/]{60})"),  # Amazon Bedrock
    (rb"AKCp", rb"(?=[A-Za-z0-9]{60})"),  # Artifactory
    (rb"LTAI", rb"(?=[A-Za-z0-9]{16,24}\b)" + _DIGIT),  # Alibaba
    (rb"dt0[a-z][0-9]{2}\.", rb"(?=[A-Z0-9]{20})"),  # Dynatrace
    (rb"sha256~", rb"(?=[A-Za-z0-9_-]{40})"),  # OpenShift
    (rb"[A-Za-z0-9]{14}\.atlasv1\.", rb"(?=[A-Za-z0-9_=-]{40})"),  # Terraform
    (rb"(?:AQVN|YC[AN]|t1\.)", rb"(?=[A-Za-z0-9_-]{34})" + _DIGIT),  # Yandex
    (rb"(?:snyk_uat|pat|sat)\.", rb"(?=[A-Za-z0-9_-]{18,36}\.[A-Za-z0-9_-]{16})"),  # Snyk, Harness
    (rb"access-(?:sandbox|development|production)-", rb"(?=[0-9a-f-]{36})"),  # Plaid
    (rb"v1\.0-[0-9a-f]{24}-", rb"(?=[0-9a-f]{100})"),  # Cloudflare
    (rb"[MNO][A-Za-z0-9_-]{22,27}\.", rb"(?=[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27})"),  # Discord
    (rb"oy2", rb"(?=[a-z0-9]{43}\b)"),  # NuGet
    (rb"sl\.", rb"(?=[A-Za-z0-9_-]{60})"),  # Dropbox
    (rb"AAAA[A-Za-z0-9_-]{7}:", rb"(?=[A-Za-z0-9_-]{100})"),  # Firebase
    (rb"(?:perm|phx_|tk):", rb"(?=[A-Za-z0-9+/=]{16,}\.)"),  # JetBrains
    (rb"[0-9a-f]{32}-us", rb"(?=[0-9]{1,2}\b)"),  # Mailchimp
    (rb"[A-Za-z0-9_~.]{3}[0-9]Q~", rb"(?=[A-Za-z0-9_~.-]{30})"),  # Microsoft Entra
    (rb"webhook\.office\.com/webhookb2/", rb"(?=[0-9a-f-]{36})"),
)
