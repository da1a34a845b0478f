"""A stand-in for a judge server, to try 06_judge_server.cpp where none is at hand: it speaks the little of OpenAI's
chat API that srlm asks for, and judges by a rule.

    python3 judge_server.py PROGRAM [ARGUMENT...]     runs PROGRAM URL ARGUMENT..., and ends with its exit code
"""
import http.server
import json
import subprocess
import sys
import threading


class Judge(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are sent apart; the body must not wait for the header's receipt

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = request["messages"][-1]["content"]
        if "look" in question:
            verdict = "It says where to look.\nScore: 5"
        elif request["seed"] % 4 == 0:
            verdict = "I would rather not say."  # no score: such a vote is left out of the mean
        else:
            verdict = "It hardly helps.\nScore: 2"
        choice = {"index": 0, "message": {"role": "assistant", "content": verdict}, "finish_reason": "stop"}
        body = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Judge)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
sys.exit(subprocess.run([sys.argv[1], url, *sys.argv[2:]]).returncode)
