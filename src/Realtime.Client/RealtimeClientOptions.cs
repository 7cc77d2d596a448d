using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Realtime.Client;

/// <summary>Options of a <see cref="RealtimeClient"/>, read once when it is made. <see cref="Uri"/> and <see cref="Token"/> are required.</summary>
public sealed class RealtimeClientOptions : IValidatableObject
{
    /// <summary>The server's address, such as <c>https://chat.example.org</c>; a path before <c>/api</c> is kept.</summary>
    [Required]
    public Uri? Uri { get; set; }

    /// <summary>
    /// Gets the user's JWT. Called when the token it gave last is about to expire or was refused; several requests at once share one call. When it throws,
    /// readers try again later and publishes as long as <see cref="PublishTimeout"/> allows.
    /// </summary>
    [Required]
    public Func<CancellationToken, ValueTask<string>>? Token { get; set; }

    /// <summary>How messages are read; <see cref="RealtimeTransport.Auto"/> by default. One that is named is kept to, whatever happens.</summary>
    public RealtimeTransport Transport { get; set; } = RealtimeTransport.Auto;

    /// <summary>Within this time the first two events must come, or the transport is taken for dead; 5 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ProofTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>No frame or event for this long means that the connection is dead; 35 s by default, because the server pings every 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromSeconds(35);

    /// <summary>The pause between two short polls; 3 s by default. The server may ask for more.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the server may hold a long poll; 25 s by default, rounded up to whole seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:55")]
    public TimeSpan LongPollWait { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How many received items wait for a consumer that is slow; 1,000 by default. When they are more, the connection is read no further; one that the
    /// server gives up for that is resumed from its cursor.
    /// </summary>
    [Range(1, 1_000_000)]
    public int BufferSize { get; set; } = 1_000;

    /// <summary>How long an answer may take, beyond the time that the server is asked to hold it; 15 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// For how long a publish is repeated whose answer was lost or which was refused for the moment; 1 min by default. At most 9 min: the server knows
    /// an id again for 10. Zero tries once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:09:00")]
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Before try n the client waits a random time between zero and this · 2ⁿ; 500 ms by default. What SSE's <c>retry:</c> says replaces it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:05:00")]
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest of these random times; 20 s by default. What the server asks for (<c>Retry-After</c>) is waited on top of it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How <c>data</c> is written and read; <see cref="JsonSerializerOptions.Web"/> by default.</summary>
    [Required]
    public JsonSerializerOptions SerializerOptions { get; set; } = JsonSerializerOptions.Web;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Uri is not null && !(Uri.IsAbsoluteUri && Uri.Scheme is "http" or "https"))
            yield return new ValidationResult($"Uri is '{Uri}'; it must be an absolute 'http:' or 'https:' address.", [nameof(Uri)]);
        if (!Enum.IsDefined(Transport))
            yield return new ValidationResult($"Transport is {Transport}; it must be one of {string.Join(", ", Enum.GetNames<RealtimeTransport>())}.", [nameof(Transport)]);
        if (MaxReconnectDelay < ReconnectDelay)
            yield return new ValidationResult($"MaxReconnectDelay is {MaxReconnectDelay}; it must not be below ReconnectDelay, {ReconnectDelay}.", [nameof(MaxReconnectDelay)]);
    }
}

[OptionsValidator]
internal sealed partial class RealtimeClientOptionsValidator : IValidateOptions<RealtimeClientOptions>;
