"""All tests run without a network beyond this machine, without a screen, on the smallest profile."""

import os

os.environ |= {"COURSEKIT_OFFLINE": "1", "COURSEKIT_PROFILE": "smoke", "MPLBACKEND": "Agg",
               "TF_CPP_MIN_LOG_LEVEL": "2"}
