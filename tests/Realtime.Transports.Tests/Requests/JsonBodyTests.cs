using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Tests.Requests;

public sealed class JsonBodyTests : IAsyncLifetime
{
    private const int MaxBytes = 20_000;

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapApi("/echo", HttpMethods.Post, async context =>
        {
            _reached.TrySetResult();
            try
            {
                using var body = await JsonBody.ReadAsync(context, MaxBytes);
                await context.Response.Body.WriteAsync(JsonMarshal.GetRawUtf8Value(body.Root).ToArray(), context.RequestAborted);
            }
            catch (Exception failure)
            {
                _failure.TrySetResult(failure);
                throw;
            }
        });
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON; charset=\"UTF-8\"")]
    [InlineData("application/vnd.example+json")]
    public async Task A_body_is_carried_byte_by_byte(string contentType)
    {
        var json = "{\"data\" : [1.00, \"h\u00e9 \\u00e9 \\/ \ud83d\ude00\", 1e400]}";

        Assert.Equal(json, await TextAsync(await PostAsync(Encoding.UTF8.GetBytes(json), contentType)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("text/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("json")]
    public async Task Another_content_type_is_refused(string? contentType) =>
        await (await PostAsync("{}"u8.ToArray(), contentType)).ProblemAsync(415, "unsupported-media-type");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_the_largest_size_is_taken_and_one_byte_more_is_not(bool chunked)
    {
        var largest = Encoding.UTF8.GetBytes('"' + new string('x', MaxBytes - 2) + '"');

        Assert.Equal(MaxBytes, (await TextAsync(await PostAsync(largest, chunked: chunked))).Length);
        await (await PostAsync([.. largest, (byte)' '], chunked: chunked)).ProblemAsync(413, "too-large");
    }

    [Fact]
    public async Task A_body_announced_too_large_is_refused_before_it_is_sent()
    {
        using var socket = await ConnectAsync();
        await SendAsync(socket, "Content-Length: 1000000000\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("// no\n{}")]
    [InlineData("\ufeff{}")]
    [InlineData("NaN")]
    [InlineData("\"\n\"")]
    [InlineData(" ")]
    public async Task What_is_no_json_is_refused(string body) => await (await PostAsync(Encoding.UTF8.GetBytes(body))).ProblemAsync(400, "invalid-request");

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xff, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xc3, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xed, 0xa0, 0x80, (byte)'"' })]
    public async Task Broken_utf8_is_refused(byte[] body) => await (await PostAsync(body)).ProblemAsync(400, "invalid-request");

    [Fact]
    public async Task An_empty_body_is_refused()
    {
        await (await PostAsync([])).ProblemAsync(400, "invalid-request");
        await (await PostAsync([], chunked: true)).ProblemAsync(400, "invalid-request");
    }

    [Fact]
    public async Task Deep_nesting_is_a_refusal_and_no_crash()
    {
        await (await PostAsync(Encoding.UTF8.GetBytes(new string('[', 9000) + new string(']', 9000)))).ProblemAsync(400, "invalid-request");
        Assert.Equal(2000, (await TextAsync(await PostAsync(Encoding.UTF8.GetBytes(new string('[', 1000) + new string(']', 1000))))).Length);
    }

    [Fact]
    public async Task A_body_cut_short_is_not_taken_though_it_is_json()
    {
        using var socket = await ConnectAsync();
        await SendAsync(socket, "Content-Length: 100\r\n\r\n{}");
        await _reached.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        socket.Shutdown(SocketShutdown.Send);

        // The server may see first that the body ended or that the client closed.
        var failure = await FailureAsync();
        Assert.True(failure is OperationCanceledException or ProblemException { Problem.Name: "invalid-request" }, failure.ToString());
    }

    [Fact]
    public async Task A_broken_chunk_is_refused()
    {
        using var socket = await ConnectAsync();
        await SendAsync(socket, "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n");

        Assert.StartsWith("HTTP/1.1 400", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_reading()
    {
        using (var socket = await ConnectAsync())
        {
            await SendAsync(socket, "Content-Length: 100\r\n\r\n{\"a\":1");
            await _reached.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            socket.LingerState = new LingerOption(true, 0);
        }

        Assert.IsAssignableFrom<OperationCanceledException>(await FailureAsync());
    }

    private static async Task SendAsync(Socket socket, string rest) => await socket.SendAsync(
        Encoding.ASCII.GetBytes("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n" + rest), TestContext.Current.CancellationToken);

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
    }

    private static async Task<string> TextAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return text;
    }

    private Task<Exception> FailureAsync() => _failure.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        return socket;
    }

    private Task<HttpResponseMessage> PostAsync(byte[] body, string? contentType = "application/json", bool chunked = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new ByteArrayContent(body) };
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (chunked) request.Headers.TransferEncoding.Add(new TransferCodingHeaderValue("chunked"));
        return _http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
